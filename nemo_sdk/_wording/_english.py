"""English phrases, as patterns: <words> stand for the entry of that name, line breaks for nothing.

`REQUEST_WORDS` and `REQUESTS` are what people ask for; `INTERFACE` is how the backend tells people
to use its editor, verb by verb, with what its sentences are recognised by.
"""

from typing import Final

from ._addresses import ADDRESS

REQUEST_WORDS: Final = {
    "opener": """
        ok|okay|hey|hi|hello|thanks|thank you|great|perfect|good|cool|nice|now|then|so|and|yes
        |yeah|yep|sure|finally|well|alright|all right|please|pls|plz|kindly|just|go ahead and
        |(?:can|could|would|will) (?:you|u|we|i)|may i|i (?:want|need|wish
        |would like)(?: you)? to|i wanna|i'd like(?: you)? to|i'd love to|let's|lets|let me
        |let us|help me(?: to)?|time to|it's time to|(?:i'm|i am)? ready to
        |is it possible to|how (?:do|can|could|should) (?:i|we|you)|how to|where (?:do|can) (?:i
        |we)|would you mind
    """,
    "closer": """
        please|pls|plz|now|right now|for me|thanks|thank you|then|already|asap|again|too|here
        |immediately|today|yet|so far|one more time|once more|instead|as well|would you|if you can
        |if possible|this time|real quick|quickly|at the moment|currently|right away|at once
        |when (?:it's
        |it is|you're|you are)? (?:done|ready|finished)
    """,
    "fine": """
        good|great|perfect|amazing|nice|fine|awesome|lovely|fantastic|wonderful|excellent
        |brilliant|beautiful|cool|super|right|ok|okay|incredible|stunning
    """,
    "owner": "the|my|our|this|that|your|all|all the|all my",
    "film": """
        it
        |this
        |that
        |everything
        |the(?:whole|entire)?thing
        |<owner>? (?:final|finished|full|whole|edited|complete|completed|current|latest|rendered
        |new|hd|entire|resulting|mp4){0,3} (?:video|videos|vid|film|movie|clip|mp4|file|project
        |result|cut|version|video file|mp4 file|output|reel|edit)
    """,
    "thefilm": """
        (?:the|my|our) (?:final|finished|full|whole|edited|complete|completed|rendered|hd
        |mp4){0,2} (?:video|vid|film|movie|mp4|file|video file|mp4 file|result|clip)
    """,
    "job": "(?:the|my|our)? (?:render|rendering|export|exporting|work|job|upload)",
    "get": "export|download|render",
    "ask": """
        check|check on|show|show me|see|view|get|tell me|display|list|list all|know|look at
        |look up|give me|find out|open|read|print|describe|preview|go through|summarise|summarize
        |walk me through|run through
        |what is|what's|whats|what are|what're
    """,
    "credit": """
        <owner>? (?:current|remaining|available|total|account|credit|credits){0,2} (?:credits?
        |balance)
    """,
    "view": """
        <owner>? (?:current|project|video|full|latest){0,2} (?:status|state|progress|timeline
        |tracks|track list|layers|segments|clips|project|draft|edit)
    """,
    "material": """
        (?:a|an|the|my|our|this|these|some|that|those|another|new|more|few|two
        |three|both|all|following){0,3} (?:file|video|clip|image|photo|picture|footage|music|song
        |audio|media|material|movie|logo|recording|link|url|address|it|them|this|these|two|three
        |both|one|ones)s? (?:files?|clips?)?
    """,
    "name": r"\S{1,80}\.(?:mp4|mov|avi|webm|mkv|jpe?g|png|gif|webp|mp3|wav|m4a|aac)",
    "addresses": f"{ADDRESS}(?:(?:and|or|plus)?{ADDRESS})*",
}

REQUESTS: Final = {
    "export": """
        (?:(?:finish|finali[sz]e|wrap)(?: (?:it|this|things))?(?: up)? and)? (?:<get> (?:and
        |then)? ){0,2} <get> <film>?
        |(?:(?:send|give|get|email|mail|deliver|hand|pass|ship) (?:me|us)|gimme) <film>
        |(?:send|give|email|mail|deliver|hand|ship|share)(?: over)? (?:me|us)? <film> (?:to me
        |to us|with me|with us|over|over to me)?
        |send (?:me|us)
        |(?:i need|i want|i'd like|i would like|show me|let me see|let me have|can i have
        |may i have|i'll take) <thefilm>
        |(?:see|watch|have|get) <thefilm>
        |(?:can|could|may) (?:i|we) (?:please)? (?:have|get) (?:it|this)
        |(?:send|give|get|show|have|i need|i want|is there)? (?:me|us)? (?:the|a|my)? (?:download
        |export|video|file|share)? (?:link|url) (?:for|to|of|where i can)? (?:download|get|export
        |save)? <film>?
        |(?:where is|where's|where are) (?:the|my) (?:download|download link|link|export|file
        |downloads)
    """,
    "credits": """
        <credit> (?:left|remaining|available|status|amount|check)? (?:(?:on|in|of) my account)?
        |<ask> <credit> (?:left|remaining|i have|i have left|status)? (?:(?:on|in|of) my account)?
        |(?:<ask>)? how (?:many|much) (?:credits?|balance|points) (?:(?:do|have|did) (?:i|we)|i
        |we|are|is|is there|are there)? (?:still)? (?:have|got)? (?:left|remaining|available
        |remain)? (?:on|in)? (?:my account|my balance)?
        |(?:do|have) (?:i|we) (?:still|have|got|enough|any|some|more)+ credits (?:left
        |remaining)? (?:(?:for|to make) (?:a|another|one more|the next)? (?:video|film|movie|clip
        |edit|one|render))?
        |how (?:much|many) (?:do (?:i|we) have|have (?:i|we) got|is) left
        |what (?:do (?:i|we) have|have (?:i|we) got|is|'s) left (?:in|of|on) (?:my)? credits?
        |(?:if|whether) (?:i|we) (?:still|have|got|enough|any|some|more)+ credits (?:left)?
        |(?:am i|are we) (?:running)? (?:out of|low on) credits
        |(?:how much|how many|what)(?:'s| is| are| do i have)? (?:left)? (?:on|in|of) (?:my
        |the) (?:account|balance|account balance|credits|credit balance)
        |how(?:'s| is) <credit> (?:looking|doing)?
        |top up
        |(?:top up|buy|recharge|purchase|get) (?:my|some|more|additional)? credits
        |(?:top up|recharge) (?:my)? (?:account|balance)
    """,
    "state": """
        (?:the|my|our|current|project|video|render|edit|timeline)* (?:status|state|progress
        |timeline|tracks|track list) (?:update|report|check|please)?
        |<ask> (?:a|an)? <view> (?:update|report)? (?:of|on|in|for)? (?:<film>
        |<job>)? (?:looks? like)?
        |(?:what does|how does|how do) (?:<view>|<film>) look(?: like)?
        |(?:<ask>)? what(?:'s| is| are)? (?:currently|now)? (?:in|on|inside) <view>
        |(?:<ask>)? (?:what|which|how many) (?:tracks|clips|segments|layers) (?:do (?:i|we) have
        |are there|there are|(?:i|we) have|does (?:<film>) have|(?:are)? (?:in|on) <view>)
        |what (?:do|have) (?:i|we) (?:have|got)
        |(?:is|are) (?:<film>|we|you|<job>) (?:already|finally)? (?:done|ready|finished|complete
        |completed
        |rendered|exported|saved|over|through)
        |how(?:'s| is| are) (?:<film>|things|<view>|<job>) (?:doing|going|coming along|progressing
        |looking)?
        |when (?:is|will|'s) (?:<film>|<job>) (?:be)? (?:done|ready|finished|complete|completed)
        |any (?:progress|updates?|news) (?:on|about)? <film>?
        |where are we(?: at)? (?:with <film>)?
        |how far (?:along )?(?:are we|is it)
        |what(?:'s| is) (?:happening|going on) (?:with <film>)?
        |(?:where is|where's) <thefilm>
    """,
    "upload": """
        (?:upload|uploading|import) <material>? (?:from my (?:computer|phone|device|disk|laptop))?
        |(?:upload|import) <material>? (?:from|at|under|in|with|called|named)? (?:the|this
        |that)? (?:url
        |link|address|file)? (?:<name>|<addresses>)
        |(?:i have|i've got|there is|there's) <material> to upload
        |<addresses> upload
    """,
    "attachment": """
        (?:here is|here's|here are|this is|these are|use|take|attached is|attached are|attached
        |sending|i'm sending(?: you)?|i attached|i've attached|see) <material>
        |<material>
        |attached
        |see attached
        |here
        |here you (?:go|are)
    """,
    "filler": """
        ok|okay|thanks|thank you|thank you (?:so|very) much|thanks a lot|wow|well|alright
        |all right|finally
        |<fine> (?:job|work|stuff|one)?|well done|hello|hi|hey|yes|yeah|sure
        |please|done|(?:it|that|this)? (?:all)? looks? (?:really|so|very|absolutely|pretty)? <fine>
        |(?:that's|that is|this is|it's) (?:really|so|very|absolutely|just)? <fine>|(?:i
        |we) (?:really)? (?:like|love) (?:it|this|that)|(?:that's|this is|it's
        |that is) (?:it|all|great|perfect|good|fine|enough)|all good|(?:i'm|i am|we're
        |we are) (?:done|ready|happy (?:with (?:<film>|that))?)|ready|hi there|now
        |(?:i)? (?:really|just)? (?:love|like) (?:it|this)
        |(?:much|so much|way) better|that works|wonderful|excellent|brilliant|fantastic|amazing
        |beautiful|lovely|got it|no problem|(?:we're|we are) (?:done|ready|good)
        |for me|<addresses>
    """,
}

INTERFACE: Final = {
    "place": r"""
        (?:timeline|time line|editor|workspace|dashboard|sidebar|toolbar|panel|menu|tab|button
        |icon|slider|preview (?:window|panel|area|pane)|(?:video|media|preview) player|canvas
        |billing|settings|drop-?down|export (?:options?|page|dialog|settings)|media library|web app
        |interface|pricing|account page|subscription|playhead|inspector|properties
        |(?:text|input) (?:box|field)|search (?:bar|box|field)|checkbox|thumbnail)s?\b
    """,
    "thing": r"""
        (?:clip|segment|track|title|text|layer|edge|handle|end|slider|music|audio|video|file
        |image|playhead|element|marker|scene|media|photo|sound|caption|subtitle|transition
        |effect)s?\b
    """,
    "film": r"""
        (?:it|this|(?:the|your|this|that) (?:\w+ ){0,2}?(?:video|film|movie|clip|project|file
        |edit)\b)
    """,
    "tail": r"""
        (?:$|(?= (?:to|as|now|by|when|once|and|or|using|via|locally|there|directly|whenever|anytime
        |first|here|right away|from (?:the|here|your)|on your|in (?:the|your|mp4|hd|high|any|full
        |4k)
        |with (?:your|friends|others|anyone|the world|one click))\b))
    """,
    "where": r"(?:from|in|on|at|under|using|with|via) (?:the|your) .{0,40}?<place>$",
    "corner": "(?:go|head|look|navigate) (?:to|at|in) (?:the )?(?:top|upper|bottom)",
    "some": r"(?:[^\s,.;:]+ ){0,6}?",
    "opener": r"""
        (?:(?:and|or|but|so|then|also|now|next|finally|first|second|third|lastly|simply|just
        |please|kindly|alternatively|afterwards|otherwise|again|feel free to|go ahead and
        |(?:don't|do not) forget to|remember to|(?:be|make) sure (?:to|you)|(?:if you (?:like
        |want|wish|prefer)|i(?:'d)? (?:recommend|suggest)(?: that)?) you|all you (?:have
        |need) to do is(?: to)?|want to\b|you(?:'ll| will| can| could| may| might| should| must
        | just| are able to|'re able to| need to| have to| want to)|(?:able|need|have|want) to
        |always|easily|directly|either|still|even|manually|quickly|further|freely|already|be
        |what you can do is|whenever you(?:'re| are) ready|(?:when|once|if) (?:you(?:'re| are)
        |it's) (?:ready|happy|done|satisfied))[, ]+)*
    """,
    "drag": r"""
        drag(?: ?(?:and|&|-|/) ?drop)? (?:it\b|them\b|and\b
        |to (?:move|reorder|resize|adjust|trim)\b|<some>(?:<thing>|<place>))
        |drop (?:it|them|<some><thing>) (?:on|onto|in|into|to)\b
    """,
    "credits": r"""
        (?:top.up|recharge|upgrade|subscribe|manage|renew|(?:buy|purchase|get
        |add) (?:some )?(?:more|extra|additional))\b.{0,40}?\b(?:credits?|plan|subscription
        |account|balance|billing|membership)\b
        |(?:top up|upgrade|recharge|subscribe)\b ?(?:now|to|at|in|here|first|$)
        |(?:buy|purchase) credits\b
        |(?:check|visit|open|see|view|manage|log ?in(?:to| to)?|sign ?in(?:to| to)?|go to) (?:your
        |the)[ ]
        (?:\w+ )?(?:account|balance|credits|subscription|billing)\b(?:$|(?= (?:for|to|and|page
        |menu|settings|in|on|or|first|now|balance|overview|section)\b))
    """,
    "click": r"""
        (?:(?:double|right|left|long)[- ])?(?:click|tap|press|hit|push) (?:on )?(?:here\b|it\b
        |(?:ctrl|control|cmd|command|shift|alt|option) ?[+-] ?\w+|(?:enter|return|escape|esc)\b
        |(?:play|export|download|preview|render|save|share|delete|generate|upgrade|undo|done
        |next|space)\b(?! on (?:an?|his|her|the (?!<some><place>)))|(?:the )?space ?bar\b
        |[\[\"\u201c\u300c\u300e\u3010<(][^\]\"\u201d\u300d\u300f\u3011>)]{1,40}
        [\]\"\u201d\u300d\u300f\u3011>)]
        |(?:(?<=click )|(?<=click on ))(?-i:[A-Z])\w+
        |(?:the|your|this|that|any|each|an?|one) <some>(?:<place>|<thing>|link\b|export\b
        |download\b))
    """,
    "export": r"""
        (?:export|download) (?:it|them|the|your|this|everything|now|as|in|when|whenever|to|from|at
        |here|directly|once|using|via|video|and|or)\b
        |(?<=[\s,])(?:export|download)$
        |(?:render|save|share) <film><tail>
    """,
    "preview": r"""
        preview (?:it|the|your|this|that|how|here|everything|now|before|in|and|or|first)\b
        |(?<=[\s,])preview$
    """,
    "edit": r"""
        (?:use|select|choose|pick|adjust|move|resize|edit|change|fine-tune|tweak|reorder
        |rearrange|trim|delete|remove|split|replace|crop|highlight|toggle|enable|disable|type
        |enter)\b.{0,80}?\b<place>
        |(?:un)?(?:check|tick) the box (?:next to|beside|labell?ed|marked|for)\b
        |(?:select|highlight|choose|pick) (?:the|an?|any|your|this|that|each|both|all)[ ]
        (?:[^\s,.;:]+ ){0,3}?<thing>(?:$|(?= (?:you (?:want|wish|need) to|on|in|from|at|to|by
        |again|first)\b))
        |hover (?:(?:the|your) (?:mouse|cursor|pointer) )?over (?:the|an?|any|your|each|it)\b ?
        (?:$|(?:[^\s,.;:]+ ){0,3}?(?:<thing>|<place>))
    """,
    "look": r"""
        (?:open(?: up)?|launch|visit|access|(?:go|head|navigate|switch|return|jump|come)(?: back
        | over| in)* ?to|check(?: out)?|(?:take|have) a look at|look (?:at|for|in)|see|find|view
        |watch|review|play|inspect|locate|scroll|explore|expand|collapse|close|swipe|pinch|slide
        |zoom)\b.{0,80}?\b(?:<place>
        |(?<=preview )window)
        |scroll (?:up|down|left|right)\b
        |(?:refresh|reload) (?:the|your|this) (?:page|browser|tab|window|app|editor|preview)\b
        |open(?: up)? (?:<film><tail>|(?:the|your) (?:preview|export|result|link|app)\b)
    """,
    "fact": r"""
        \[?(?:export|download|preview)\](?:\([^()]*\))?$
        |(?:the|an?|your) [\"\u201c]?(?:export|download|preview|share|render|play
        |upgrade)[\"\u201d]? (?:button|icon|option|menu|tab|link) (?:is|can|appears|will|sits|on
        |in|at)\b
    """,
    "lead": r"""
        (?:to|in order to|if|when|whenever|once|before|as soon as|want to|need to|ready to
        |would you like to|from (?:there|here)|here(?:'s| is) how|how to|next(?: steps?)?|steps?
        |tip|note|hint|reminder|important|you can(?: now)?|follow these steps|<corner>)\b
        |(?:export|download|preview|save|share)$|<where>
        |(?:then|now|finally|first|also)$
    """,
    "step": r"""
        (?:(?:then|next|now|finally|and) )*(?:<corner>|wait (?:for|until|a|while)\b|confirm\b
        |(?:choose|select|pick|set|enter|scroll) (?:the|your|an?|one|any|from|to|down|mp4|mov|\d))
    """,
    "offer": r"""
        \b(?:let me|tell me|just say|just ask|i can|i could|i'll|i will|should i|shall i
        |would you like me|do you want me)\b
    """,
    "label": r"""
        (?!.*\b(?:done|ready|finished|complete|great|good|perfect|set)\b)
        (?:[a-z0-9'-]+(?: [a-z0-9'-]+){0,2}
        |.*\b(?:say|read|show|title|write|writt|caption)(?:s|ing|ed|en)?)$
    """,
    "to export": r"export|download|render|\bsave\b|share",
    "to credits": r"credits?\b|billing|top.up|upgrade|subscri|pricing|recharge",
    "to edit": r"""
        \b(?:edit|tweak|fine-tune|trim|delete|adjust|change|replace|reorder|split|move|resize
        |remove|crop
        |rename)\b
    """,
    "to look": r"play|preview|view|watch|timeline|see\b|editor",
    "to export menu": """
        (?:export|download) (?:button|menu|page|panel|dialog|option|tab|icon|link)
        |open (?:the )?export|(?:>|->|\u2192) ?(?:export|download)
    """,
    "own": r"""
        (?:(?:and|but|also|so|while) )*(?:(?:i|we)(?:'ve|'m| have| also| then|\b)|(?:the|your|it
        |there)\b.{0,60}?\b(?:is|are|was|were|has|have|plays?|lasts?|runs?)\b(?!.{0,40}\b(?:you
        |ready|start)\b))
    """,
    "ready": r"""
        ^(?P<kept>(?!ready|when|once|if|as soon).{1,80}?\b(?:ready
        |available))(?: for you)? (?:to (?:be )?|for (?:an? )?)(?P<verb>preview|export|download
        |view|watch|render|review)\w*\b
    """,
    "noise": r"""
        (?:(?:sorry|my apologies|apologies|i apologi[sz]e|i'm sorry|oops|however|unfortunately
        |but|it (?:seems|looks like|appears)(?: that| like)?|about that
        |for the inconvenience)[\s,.!\u2014-]+){0,4}(?:(?:i|we|i've
        |we've)(?: have)?(?: just)? ?(?:encountered|encounter|ran into|run into|hit|experienced
        |faced|had|am experiencing|'m experiencing|are experiencing)|there (?:was|is|has been
        |seems to be)) (?:an? |some )?(?:\w+ ){0,1}?(?:temporary|brief|transient|momentary
        |technical|unexpected|internal|minor|small)(?: \w+){0,2}? (?:issue|problem|error|hiccup
        |glitch)(?:e?s)?(?: (?:while|when|with) (?:processing |handling )?(?:your|the|this
        |that) (?:request|message))?(?: on (?:my|our) (?:end|side))?[\s.,;!\u2014-]*(?:(?:(?:so
        |and) )?(?:(?:please|kindly) )?(?:try|retry|wait
        |give it)\b[^.!?\n]{0,60}[.!]*\s*)?(?:(?:sorry|apologies)\b[^.!?\n]{0,40}[.!]*\s*)?
    """,
}
