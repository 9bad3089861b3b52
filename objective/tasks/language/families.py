"""The families of this folder, in the order of the list."""

from objective.task import Family
from objective.tasks.language.chinese import bustm, c3, chid, cluewsc, cmrc, drcd, ocnli
from objective.tasks.language.commonsense import hellaswag, openbookqa, piqa, siqa, truthfulqa, winogrande
from objective.tasks.language.reading import lambada, nq, race, triviaqa
from objective.tasks.language.superglue import boolq, cb, copa, multirc, rte, wic, wsc
from objective.tasks.language.translation import flores, wmt

FAMILIES: tuple[Family, ...] = (
    hellaswag.FAMILY,
    winogrande.FAMILY,
    piqa.FAMILY,
    siqa.FAMILY,
    openbookqa.FAMILY,
    truthfulqa.FAMILY,
    boolq.FAMILY,
    cb.FAMILY,
    copa.FAMILY,
    wsc.FAMILY,
    rte.FAMILY,
    wic.FAMILY,
    multirc.FAMILY,
    race.FAMILY,
    lambada.FAMILY,
    triviaqa.FAMILY,
    nq.FAMILY,
    ocnli.FAMILY,
    bustm.FAMILY,
    cluewsc.FAMILY,
    chid.FAMILY,
    c3.FAMILY,
    cmrc.FAMILY,
    drcd.FAMILY,
    flores.FAMILY,
    wmt.FAMILY,
)
"""One line for each file of a family in this folder and its subfolders."""
