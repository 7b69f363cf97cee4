"""The exercises E1–E5 and the hunt: what judges the answers, and says what is wrong without giving them away."""

from helpers.exercises.checkers import (
    CHECKERS,
    check_E1_change,
    check_E1_entries,
    check_E1_gradient,
    check_E1_shapes,
    check_E2_backward,
    check_E2_forward,
    check_E2_graph,
    check_E3_from,
    check_E3_prediction,
    check_E3_training,
    check_E4_hessian,
    check_E4_product,
    check_E4_relu,
    check_E5_bytes,
    check_E5_combine,
    check_E5_first,
    check_E5_idle,
    check_E5_microbatches,
    check_E5_second,
    draw_numbers,
)
from helpers.exercises.own import check_program
from helpers.exercises.tasks import check_task
