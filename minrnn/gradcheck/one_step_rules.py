"""The table of diagnoses from one step of one row."""

from . import one_step, paths
from .rules import Rule

ONE_STEP = (
    Rule(
        "T = 1: from a part of the next state nothing arrives anywhere; from above all is right",
        "what comes back from step t+1 in {states} is ignored: {next} is dropped or overwritten",
        "the lines where dh or dc are summed: = where += belongs?",
        lambda f: one_step.lost_source(f, of_all=True),
    ),
    Rule(
        "T = 1: from a part of the next state nothing arrives in some arrays; from above all is right",
        "{names}: the share from later steps ({next}) is missing, the share from above is right",
        "where it is computed: from dh_above[t] alone, and not from the sum?",
        lambda f: one_step.lost_source(f, of_all=False),
    ),
    Rule(
        "T = 1: from above nothing arrives; from the next state all is right",
        "what comes from above, dh_above[t], is ignored",
        "the sum dh = dh_above[t] + dh_next",
        one_step.nothing_from_above,
    ),
    Rule(
        "T = 1: what arrives from one source, or from all, is the right one times a factor",
        "{what} arrives {said}",
        "where it is added",
        one_step.scaled_source,
    ),
    Rule(
        "T = 1: only one matrix is wrong, as if another vector had been multiplied with it",
        "{names} is made with {there} where {belongs} belongs",
        "the product that adds to it",
        one_step.partner,
    ),
    Rule(
        "T = 1: a gate is the right one times the wrong slope, or times a value too many or too few",
        "{where}: {said}",
        "{place}",
        one_step.slope,
    ),
    Rule(
        "T = 1: a gate is the right one times another factor for each unit",
        "{where}: the right one times a factor for each unit: a wrong slope, or one value for another?",
        "{place}",
        one_step.unit_factors,
    ),
    Rule(
        "T = 1: the right gradient sums to zero over the units, as behind a layer norm; ours does not",
        "{names}: behind a normalisation a gradient sums to zero over the units; the means in it are missing or wrong",
        "the backward pass of the normalisation",
        one_step.normalised,
    ),
    Rule(
        "T = 1: right but for a share that comes through the transpose of a block of the parameters",
        "{where} {lacks} the share that comes back through {matrix}: {use}",
        "{place}, and what else uses the result of that product",
        paths.matrix_missing,
    ),
    Rule(
        "T = 1: right if a block of the parameters is transposed",
        "{where} is right with the transpose: {matrix} stands where {matrix}^T belongs",
        "the product with {matrix} in backward",
        paths.not_transposed,
    ),
    Rule(
        "T = 1: right but for a share that goes from each unit to itself",
        "{where} {lacks} a direct share, one that goes through no matrix{value}",
        "{place}: what is used in two places gets the sum of both",
        paths.direct,
    ),
    Rule(
        "T = 1: not all gates are wrong",
        "only {blocks} of {arrays} {are} wrong at T = 1",
        "{place}",
        one_step.one_gate,
    ),
    Rule(
        "T = 1: all is right but what is handed to the step before",
        "right at T = 1, but for what is handed to step t-1 in {states}",
        "the terms of {place}: there is one for every use of the state",
        one_step.passed_back,
    ),
    Rule(
        "T = 1: only dx is wrong",
        "only dx is wrong",
        "the product of da and Wx^T",
        one_step.only_dx,
    ),
    Rule(
        "T = 1: wrong, and no row above applies",
        "wrong at T = 1 already: {names}{right}",
        "one step, not the loop",
        one_step.wrong_at_one_step,
    ),
)
