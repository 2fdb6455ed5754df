"""What people ask for in English, as patterns.

<words> stand for the entry of that name, line breaks for nothing.
"""

from typing import Final

from ._addresses import ADDRESS

REQUEST_WORDS: Final = {
    "opener": """
        ok|okay|oh|hey(?: there)?|yo|hi|hello|i think|quick|thanks|thank you|great|perfect|good
        |cool|nice|now|then|so|and|yes
        |yeah|yep|sure|finally|well|alright|alrighty|all right|please|pls|plz|kindly|just
        |go ahead and
        |(?:can|could|would|will) (?:you|u|we|i)|may i|i (?:wish
        |would like)(?: you)? to|(?:i|we)? (?:want|need)(?: you)? to|i wanna|i'd like(?: you)? to
        |i'd love to|let's|lets|let me
        |let us|help me(?: to)?|time to|it's time to|(?:i'm|i am|we're|we are)? ready to
        |is it possible to|how (?:do|can|could|should) (?:i|we|you)|how to|where (?:do|can) (?:i
        |we)|would you mind
    """,
    "closer": """
        please|pls|plz|now|right now|for me|thanks|thank you|then|already|asap|again|too|here
        |immediately|today|yet|so far|one more time|once more|instead|as well|would you|if you can
        |if possible|this time|real quick|quickly|at the moment|currently|right away|at once
        |(?:when|whenever|if) (?:you get a chance|you can|possible)|or (?:what|not)
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
        |audio|media|material|movie|logo|recording|link|url|address|something|it|them|this|these
        |two|three
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
        |(?:can|could|may) (?:i|we) (?:please)? (?:have|get) (?:it|this|a copy of <film>)
        |mind (?:export|download|render|sav)ing <film>?
        |(?:send|give|get|show|have|i need|i want|is there)? (?:me|us)? (?:the|a|my)? (?:download
        |export|video|file|share)? (?:link|url) (?:for|to|of|where i can)? (?:download|get|export
        |save)? <film>?
        |(?:where is|where's|where are) (?:the|my) (?:download|download link|link|export|file
        |downloads|(?:export|download) button)
    """,
    "credits": """
        <credit> (?:left|remaining|available|status|amount|check)? (?:(?:on|in|of) my account)?
        |any credits (?:left|remaining)
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
        |(?:am i|are we|did i|did we|have i|have we) (?:running|run)? (?:out of|low on) credits
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
        |<ask> an? (?:quick|short|current)? (?:status|progress|state)? (?:update|report)
        |<ask> (?:an? (?:summary|overview|rundown|list) of)? <view> (?:update|report)? (?:of|on
        |in|for)? (?:<film>
        |<job>)? (?:looks? like)?
        |(?:what does|how does|how do) (?:<view>|<film>) look(?: like)?
        |(?:<ask>)? what(?:'s| is| are)? (?:currently|now)? (?:in|on|inside) (?:<view>|<thefilm>)
        |(?:<ask>)? (?:what|which|how many) (?:tracks|clips|segments|layers) (?:do (?:i|we) have
        |are there|there are|(?:i|we) have|does (?:<film>) have|(?:are)? (?:in|on) (?:<view>
        |there|it))
        |what (?:do|have) (?:i|we) (?:have|got)
        |(?:is|are) (?:<film>|we|you|<job>) (?:already|finally)? (?:done|ready|finished|complete
        |completed
        |rendered|exported|saved|over|through) (?:rendering|exporting|downloading|processing)?
        |how(?:'s| is| are) (?:<film>|things|<view>|<job>) (?:doing|going|coming along|progressing
        |looking)?
        |when (?:is|will|'s) (?:<film>|<job>) (?:be)? (?:done|ready|finished|complete|completed)
        |any (?:progress|updates?|news) (?:on|about)? <film>?
        |where are we(?: at)? (?:with <film>)?
        |how far (?:along )?(?:are we|are you|is it)
        |how(?:'s| is) it (?:going|coming along|looking) (?:with <film>)?
        |what(?:'s| is) (?:happening|going on) (?:with <film>)?
        |(?:where is|where's) <thefilm>
    """,
    "upload": """
        (?:upload|uploading|import) <material>? (?:from my (?:computer|phone|device|disk|laptop))?
        |(?:upload|import) <material>? (?:from|at|under|in|with|called|named)? (?:the|this
        |that)? (?:url
        |link|address|file)? (?:<name>|<addresses>)
        |(?:i have|i've got|there is|there's) <material> to upload
        |<addresses> upload (?:this|it|these|them)?
    """,
    "attachment": """
        (?:here is|here's|here are|this is|these are|use|take|attached is|attached are|attached
        |sending|i'm sending(?: you)?|i attached|i've attached|see) (?:<material>)? <addresses>?
        |<material>(?: is)? <addresses>?
        |attached
        |see attached
        |here
        |here you (?:go|are) <addresses>?
    """,
    "filler": """
        ok|okay|thanks|thank you|thank you (?:so|very) much|thanks a lot|wow|well|alright
        |all right|finally
        |<fine> (?:job|work|stuff|one)?|well done|hello|hi|hey(?: there)?|alrighty|yes|yeah|sure
        |please|done|(?:it|that|this)? (?:all)? looks? (?:really|so|very|absolutely
        |pretty)? <fine> (?:to me|to us)?
        |(?:that's|that is|this is|it's) (?:really|so|very|absolutely|just)? <fine>|(?:i
        |we) (?:really)? (?:like|love) (?:it|this|that)|(?:that's|this is|it's
        |that is) (?:it|all|great|perfect|good|fine|enough)|all good|(?:i'm|i am|we're
        |we are) (?:done|ready|happy (?:with (?:<film>|that))?)|ready|hi there|now
        |(?:i)? (?:really|just)? (?:love|like) (?:it|this)
        |(?:much|so much|way) better|that works|wonderful|excellent|brilliant|fantastic|amazing
        |beautiful|lovely|got it|no problem|(?:we're|we are) (?:done|ready|good)
        |for me|(?:is|would be|will be) (?:<fine>|enough)|will do|(?:when|whenever
        |once) you(?:'re| are) (?:ready|done)
        |<addresses>
    """,
}
