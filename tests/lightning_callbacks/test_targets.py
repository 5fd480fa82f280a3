import pytest
import torch

from lightning_callbacks.targets import (
    TargetError,
    choose_targets,
    logits_of,
    losses_of,
    scores_of,
)

LOGITS = torch.tensor([[1.0, 3.0, 2.0], [0.5, -1.0, 0.0]])
LABELS = torch.tensor([2, 1])


def test_each_spec_picks_its_class():
    specs = ["label", "prediction", 0, [1, 2], torch.tensor([2, 0])]
    targets = choose_targets(specs, LOGITS, LABELS)
    assert [t.spec for t in targets] == ["label", "prediction", "class 0", "classes", "classes"]
    assert [t.classes.tolist() for t in targets] == [[2, 1], [1, 0], [0, 0], [1, 2], [2, 0]]
    assert targets[0].values.tolist() == [2.0, -1.0]


def test_top_k_gives_a_target_per_rank():
    targets = choose_targets(["top-2"], LOGITS, None)
    assert [(t.spec, t.classes.tolist()) for t in targets] == [("top-1", [1, 0]), ("top-2", [2, 2])]


def test_a_callable_is_called_by_its_name():
    def margin(logits):
        return logits[:, 1] - logits[:, 0]

    (target,) = choose_targets([margin], LOGITS, None)
    assert (target.spec, target.classes.tolist()) == ("margin", [-1, -1])
    assert target.values.tolist() == [2.0, -1.5]


@pytest.mark.parametrize("spec", ["top-0", "top-4", "top-x"])
def test_a_rank_the_model_does_not_have_is_refused(spec):
    with pytest.raises(TargetError, match=r"expected 'top-1' to 'top-3'"):
        choose_targets([spec], LOGITS, None)


@pytest.mark.parametrize(
    "output", [LOGITS, {"logits": LOGITS}, (LOGITS, None), {"loss": LOGITS[:, 0], "logits": LOGITS}]
)
def test_logits_are_found_in_the_usual_outputs(output):
    assert logits_of(output, 2) is LOGITS


def test_a_single_logit_gets_an_axis():
    assert logits_of(LOGITS[:, 0], 2).shape == (2, 1)


@pytest.mark.parametrize("output", [torch.zeros(2, 3, 4, 4), torch.zeros(3, 3), None, {}])
def test_other_outputs_are_described(output):
    with pytest.raises(TargetError, match=r"The model returned .*expected logits of shape"):
        logits_of(output, 2)


def test_scores_and_losses_are_softmax_and_cross_entropy():
    scores, activation = scores_of(LOGITS, LABELS)
    assert activation == "softmax"
    assert torch.equal(scores, LOGITS.softmax(1))
    expected = -LOGITS.log_softmax(1)[[0, 1], [2, 1]]
    assert torch.allclose(losses_of(LOGITS, LABELS), expected)


def test_one_logit_with_binary_labels_is_a_sigmoid():
    logits, labels = torch.tensor([[2.0], [-1.0]]), torch.tensor([1, 0])
    scores, activation = scores_of(logits, labels)
    assert activation == "sigmoid"
    assert torch.allclose(scores.sum(1), torch.ones(2))
    assert torch.allclose(scores[:, 1], logits[:, 0].sigmoid())
    assert torch.allclose(losses_of(logits, labels), -scores[[0, 1], [1, 0]].log())


def test_of_a_regression_the_output_itself_is_explained():
    logits = torch.tensor([[2.0], [-3.0]])
    for spec, labels in (("prediction", None), ("label", torch.tensor([20, 30]))):
        (target,) = choose_targets([spec], logits, labels)
        assert (target.spec, target.classes.tolist()) == ("output", [-1, -1])
        assert target.values.tolist() == [2.0, -3.0]


def test_of_a_label_that_losses_ignore_the_prediction_is_explained():
    (target,) = choose_targets(["label"], LOGITS, torch.tensor([-100, 1]))
    assert target.classes.tolist() == [1, 1]


def test_a_regression_has_neither_scores_nor_losses():
    scores, activation = scores_of(LOGITS[:, :1], None)
    assert (activation, scores.tolist()) == ("none", [[1.0], [0.5]])
    assert losses_of(LOGITS[:, :1], None).isnan().all()
