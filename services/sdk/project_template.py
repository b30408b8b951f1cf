"""The commented project file that `crewline init` writes."""

from __future__ import annotations

import json
import textwrap

from .messages import Template

BUILT_IN = Template(
    name="choice",
    title="One label for a text",
    description="One label out of a list for a text.",
    kind="WORK_KIND_CHOICE",
    label_config="""<View>
  <Text name="text" value="$text"/>
  <Choices name="label" toName="text" choice="single" required="true">
    <Choice value="Positive" hotkey="1"/>
    <Choice value="Negative" hotkey="2"/>
    <Choice value="Neither" hotkey="3"/>
  </Choices>
</View>""",
    instructions="""Goal: say whether the writer is content.

Read the whole text, then choose the one label that fits best.
Good: "Fast delivery, and it works": Positive.
Not good: choosing Negative because a complaint is quoted.
Edge cases: of irony, what is meant counts. If you cannot tell, choose Neither.""",
    example_data={"text": "Fast delivery, and it works."},
)

# What a label config does not say by itself.
_CODE = """
# What is written is program text: your own checks judge it.
kind: code
"""
_FILE = """\
# A Crewline project. Check it with `crewline validate {file}`, post it with
# `crewline create {file}`.

name: {name}

# What is shown and asked: a Label Studio label config. It says the kind of work and the labels.
# label_config_file: config.xml takes it from a file beside this one.
label_config: |
{label_config}
{kind}
# What contractors read before they begin: the goal, good and bad examples, edge cases, and when
# to give a task back. instructions_file: instructions.md takes them from a file.
instructions: |
{instructions}

# For one accepted answer; whatever the platform and vendors take comes on top.
pay: 0.10 USD
# How long an answer takes, in seconds, as you expect it: the pay has to come to the living wage of
# every country where the work is offered. Once answers are measured, their time counts.
expected_seconds: 30
# Vendors with a higher commission (hundredths of a percent of the pay) get none of this work.
commission_bps_max: 2000

# So many independent answers a task; never two by one contractor.
overlap: 3
# Above overlap, more answers are asked for, up to so many, while a task's label is in doubt.
# overlap_max: 7
# How long a claimed task is kept for who claimed it.
lease_seconds: 900

# Who may do it; what is left out asks for nothing.
eligibility:
  countries: []         # ISO 3166: ["KE", "PH"]
  regions: []           # of those countries, ISO 3166-2: ["KE-30"]; of KE then only these
  languages: []         # BCP 47, one of them is enough: ["en"]
  skills: []            # all of them
  vendor_ids: []        # only contractors of these vendors
  exclude_direct: false # true: no contractors whom the platform engages itself

# How answers are judged. A machine rejects only on evidence about the contractor.
quality:
  reject_below: 0.05    # probability that the label is right, as the scorer sees it
  review_share: 0.0     # of the answers, looked at by a person whatever the machine thinks
  review_disputed: false
  # adjudicate: true        # disputed tasks go once more, blind, to a contractor of proven skill
  # gold_share_max: 0.1     # known answers are mixed in, up to this share of anybody's tasks
  # decision_hours: 504     # what nobody has decided by then is accepted and paid
  # clauses:                # what contractors read when an answer is rejected
  #   FAILED_GOLD: "Read the whole text before you choose."

# One task, as `crewline tasks import` takes it in a file of JSON lines:
# {example}
"""


def project_text(template: Template, *, file: str) -> str:
    """The whole file, from a template of the platform's or the built-in one."""
    task = {"external_id": "t-1", "data": template.get("example_data") or {}}
    return _FILE.format(
        file=file,
        name=json.dumps(template["title"], ensure_ascii=False),
        label_config=_block(template["label_config"]),
        kind=_CODE if template["kind"] == "WORK_KIND_CODE" else "",
        instructions=_block(template["instructions"]),
        example=json.dumps(task, ensure_ascii=False),
    )


def _block(text: str) -> str:
    # A block scalar keeps everything as it is but the indentation of its first line.
    return textwrap.indent(text.strip("\n"), "  ")
