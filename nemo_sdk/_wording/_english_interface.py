"""How the backend tells people in English to use its editor, as patterns, verb by verb.

<words> stand for the entry of that name, line breaks for nothing.
"""

from typing import Final

INTERFACE: Final = {
    "place": r"""
        (?:timeline|time line|arrow keys|keyboard|mouse|(?:file|share|export|settings) ?(?:>|->
        |\u2192)|editor|workspace|dashboard|sidebar|toolbar|panel|menu|tab|button
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
        |please|kindly|alternatively|afterwards|otherwise|again|feel free to|try|consider
        |go ahead and
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
        |[\u25b6\u25b7\u25ba\u23f5\u23ef\u2b07+]|'[^'\n]{1,40}'(?!\w)
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
        |rearrange|trim|delete|remove|split|replace|crop|highlight|toggle|lower|raise|increase
        |decrease|enable|disable|type
        |enter)\b.{0,80}?\b(?:<place>|by (?:click|press|tapp|dragg|select|hover|swip)ing\b)
        |(?:undo|redo|take)\b.{0,30}?\b(?:ctrl|cmd|command)\b
        |(?:un)?(?:check|tick) the box (?:next to|beside|labell?ed|marked|for)\b
        |(?:select|highlight|choose|pick) (?:the|an?|any|your|this|that|each|both|all)[ ]
        (?:[^\s,.;:]+ ){0,3}?<thing>(?:$|(?= (?:you (?:want|wish|need) to|on|in|from|at|to|by
        |again|first)\b))
        |(?:select|highlight) (?:it|them)$
        |hover (?:(?:the|your) (?:mouse|cursor|pointer) )?over (?:the|an?|any|your|each|it)\b ?
        (?:$|(?:[^\s,.;:]+ ){0,3}?(?:<thing>|<place>))
    """,
    "look": r"""
        (?:open(?: up)?|launch|visit|access|(?:go|head|navigate|switch|return|jump|come)(?: back
        | over| in)* ?to|check(?: out)?|(?:take|have) a look (?:at|in|on)|look (?:at|for|in)|see
        |find|view
        |watch|review|play|inspect|locate|scroll|explore|expand|collapse|close|swipe|pinch|slide
        |zoom|scrub|skim|jump)\b.{0,80}?\b(?:<place>
        |(?<=preview )window)
        |scroll (?:up|down|left|right)\b
        |(?:see|check(?: out)?|watch|view) (?:the|your) preview\b(?! of)
        |(?:refresh|reload)(?:ing)? (?:the|your|this) (?:page|browser|tab|window|app|editor
        |preview)\b
        |open(?: up)? (?:<film><tail>|(?:the|your) (?:preview|export|result|link|app)\b)
    """,
    "fact": r"""
        \[?(?:export|download|preview)\](?:\([^()]*\))?(?: (?:when|once|whenever) (?:you(?:'re
        | are) )?ready| now| here)?$
        |(?:the )?(?:export|download|preview)(?:ing)? is (?:available|possible|found|done) (?:via
        |in|from|under|at|on|with)\b.{0,40}?<place>
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
        |there)\b.{0,60}?\b(?:is|are|was|were|has|have|plays?|lasts?|runs?|comes?|begins?|ends?
        |goes|shows?|reads?|says?)\b(?!.{0,40}\b(?:you
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
