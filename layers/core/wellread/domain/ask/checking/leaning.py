"""Whether a sentence means something only after the one before it."""

from __future__ import annotations

import re

_LEANS = re.compile(
    r"""
    [\W_]*
    (?: (?:it|its|they|them|their|this|that|these|those|he|she|his|her|such|both|neither|either)\b
      | (?:however|but|though|otherwise|instead|therefore|thus|hence|so|then|also|still|yet|nor
          |moreover|furthermore|additionally|besides|likewise|similarly|conversely|consequently
          |afterwards|meanwhile|nevertheless|nonetheless)\b
      | (?:in|on|for|to|as|at|by|after|before|because|until|unless|apart|rather)\b [^.,;:]{0,20}?
          \b(?:it|this|that|these|those|them|such|addition|contrast|contrary|example|exception
          |hand|instance|result)\b
      | (?:each|one|two|some|most|many|all|none|any|half|both|\d+) \s+ of \s+
          (?:it|this|that|these|those|them)\b
      | (?:second|third|fourth|last)(?:ly)? \s* ,
      | (?:next|finally)\b
      | if \s+ (?:so|not)\b
      | (?:the|a|an) \s+ (?:first|second|third|fourth|fifth|last|latter|former|other|others|same
          |rest|next|exception)\b
      | (?:another|others|except|and|or)\b
      | (?:er|sie|es|dies\w*|jene\w*|das|deren|dessen|beide\w*)\b
      | (?:jedoch|allerdings|aber|doch|dennoch|trotzdem|außerdem|zudem|auch|ansonsten|sonst|dann
          |danach|davor|dabei|dafür|dazu|deshalb|daher|deswegen|stattdessen|hingegen|und|oder)\b
      | (?:der|die|das) \s+ (?:erste|zweite|dritte|vierte|letzte|andere|gleiche)\w*\b
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)


def leans(sentence: str) -> bool:
    """Whether a sentence leans on the one before it.

    "It lasts two days", "However, ...", "The second is ...": without what went before, each says
    something else, or nothing.
    """
    return _LEANS.match(sentence) is not None
