"""Where a section is that a checker names, by the id of its cell. Written by tests/record_places.py."""

from helpers._language import Sentences

PLACES = Sentences() | {
    "add-what-comes-by-two-routes": "03, section 5 (Add over the routes)",
    "ask-what-a-gradient-is-good-for": "03, section 1 (Ask what a gradient is good for)",
    "bend-it-with-an-activation-function": "01, section 3 (Bend it with an activation function)",
    "chain-one-number-at-a-time": "03, section 4 (Multiply along one route)",
    "charge-for-large-weights": "01, section 6 (Charge for large weights)",
    "check-everything-at-once": "05, section 1 (Check everything at once)",
    "count-what-is-stored": "07, section 6 (Count what is stored)",
    "derive-softmax-minus-one-hot": "04, section 8 (Derive softmax minus one-hot)",
    "do-not-check-at-zero": "05, section 5 (Do not check at zero)",
    "do-not-trust-a-falling-loss": "05, section 8 (Do not trust a falling loss)",
    "find-the-transpose-on-the-left": "04, section 4 (Find the transpose on the left)",
    "find-the-transpose-on-the-right": "04, section 3 (Find the transpose on the right)",
    "let-the-picture-grow": "02, section 2 (Let the picture grow)",
    "look-at-the-kink-of-relu": "05, section 7 (Look at the kink of relu)",
    "make-it-deeper-and-the-batch-larger": "07, section 7 (Make it deeper, and the batch larger)",
    "multiply-by-the-hidden-weights": "01, section 2 (Multiply by the hidden weights)",
    "pass-the-activation-function": "04, section 5 (Pass the activation function)",
    "reach-the-first-weights": "04, section 6 (Reach the first weights)",
    "read-dependencies-off-the-graph": "02, section 4 (Read dependencies off the graph)",
    "run-the-graph": "02, section 5 (Run the graph)",
    "send-a-minibatch-backward": "04, section 7 (Send a minibatch backward)",
    "solve-e4-second-derivatives": "08, section 7 (Solve E4: second derivatives)",
    "solve-e5-more-than-one-device": "08, section 8 (Solve E5: more than one device)",
    "start-at-the-end": "04, section 2 (Start at the end)",
    "take-one-step-apart": "07, section 1 (Take one step apart)",
    "walk-the-graph-backward": "06, section 3 (Walk the graph backward)",
}
