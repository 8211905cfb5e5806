import pytest

from expansion_kit.candidates.personal import plain, refuse_persons


def test_every_protected_name_is_listed_and_contact_details_too():
    with pytest.raises(ValueError, match="protected personal attributes: 性别, marital_status$"):
        refuse_persons(["capital", "性别", "marital_status"])
    with pytest.raises(ValueError, match="contact details: phone"):
        refuse_persons(["phone"])
    refuse_persons(["capital", "stage", "average_ticket"])


def test_an_answer_may_name_a_channel_but_no_protected_attribute():
    refuse_persons(["lead_source"], ["telephone", "微信"])
    with pytest.raises(ValueError, match="protected personal attributes: married"):
        refuse_persons(["status"], ["married", "other"])


def test_names_are_read_as_plain_words_whatever_joins_them():
    assert plain("maritalStatus") == plain("marital_status") == plain("Marital-Status 2") == "marital status"
