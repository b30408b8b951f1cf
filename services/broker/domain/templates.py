"""Kinds of work that are ready to use: a label config, instructions, and one task as an example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from services.broker.domain.projects import WorkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One kind of work; instructions are for contractors, and meant to be made one's own."""

    name: str
    title: str
    description: str
    label_config: str
    instructions: str
    example: Mapping[str, Any]
    kind: WorkKind | None = None
    """Where it is not what the label config says by itself."""


_PHOTO: Final = "https://example.com/photos/street.jpg"

TEMPLATES: Final = (
    Template(
        name="photo-classification",
        title="Photo classification",
        description="What is on a photo: one label out of a list.",
        label_config="""<View>
  <Image name="image" value="$image"/>
  <Choices name="label" toName="image" choice="single" required="true">
    <Choice value="Bird" hotkey="1"/>
    <Choice value="Other animal" hotkey="2"/>
    <Choice value="No animal" hotkey="3"/>
  </Choices>
</View>""",
        instructions="""Goal: say what the main subject of the photo is.

Look at the whole photo, then choose the one label that fits best.
Good: a sparrow on a branch, small but in focus: Bird.
Not good: choosing Bird because a feather lies on the ground.
Edge cases: of several animals the largest one counts; a drawing or a statue counts as what it
shows. If you cannot see the photo, skip the task and say so.""",
        example={"image": _PHOTO},
    ),
    Template(
        name="photo-boxes",
        title="Boxes on photos",
        description="Where things are on a photo: a box around each, with its label.",
        label_config="""<View>
  <RectangleLabels name="box" toName="image">
    <Label value="Car" background="#0b7285" hotkey="1"/>
    <Label value="Person" background="#d9480f" hotkey="2"/>
    <Label value="Bicycle" background="#5f3dc4" hotkey="3"/>
  </RectangleLabels>
  <Image name="image" value="$image" zoom="true"/>
</View>""",
        instructions="""Goal: one tight box around every car, person and bicycle on the photo.

Choose the label (keys 1 to 3), then drag from one corner to the other.
Good: the box touches the thing on all four sides.
Not good: one box around two people; a box with a wide margin.
Edge cases: of what is partly hidden, box what you can see. What is smaller than a fingernail on
your screen may be left out. A photo with none of these is sent without boxes.""",
        example={"image": _PHOTO},
    ),
    Template(
        name="text-completion",
        title="Text completion",
        description="Go on with a text that was begun.",
        label_config="""<View>
  <Header value="The beginning"/>
  <Text name="prompt" value="$prompt"/>
  <Header value="Go on from here"/>
  <TextArea name="completion" toName="prompt" rows="8" maxSubmissions="1" editable="true"
            required="true"/>
</View>""",
        instructions="""Goal: go on with the text as a careful writer would.

Write two to five sentences that follow from what is there, in the same language and tone.
Good: it could stand in the same book.
Not good: repeating the beginning; remarks about the task; text made by a machine.
Edge cases: if the beginning makes no sense, skip the task and say why.""",
        example={"prompt": "When the ferry had left the harbour, Amina noticed that"},
    ),
    Template(
        name="pairwise-preference",
        title="Pairwise preference, with reasons",
        description="Which of two answers is better, and why.",
        label_config="""<View>
  <Header value="The question"/>
  <Text name="prompt" value="$prompt"/>
  <Pairwise name="better" toName="answer_a,answer_b"/>
  <View style="display: flex; gap: 1rem; flex-wrap: wrap">
    <View style="flex: 1; min-width: 16rem">
      <Header value="Left"/>
      <Text name="answer_a" value="$answer_a"/>
    </View>
    <View style="flex: 1; min-width: 16rem">
      <Header value="Right"/>
      <Text name="answer_b" value="$answer_b"/>
    </View>
  </View>
  <Header value="Why"/>
  <Choices name="reasons" toName="prompt" choice="multiple">
    <Choice value="More correct"/>
    <Choice value="Follows the question better"/>
    <Choice value="Clearer"/>
    <Choice value="Safer"/>
  </Choices>
</View>""",
        instructions="""Goal: say which of the two answers helps the person who asked more.

Read the question, then both answers to their end. Choose the better one and tick what makes it so.
Good: preferring the short answer that is right over the long one that is not.
Not good: choosing by length, or without reading the second.
Edge cases: if both are wrong, choose the one that does less harm. If they are the same, choose
either.""",
        example={
            "prompt": "How long do I boil an egg so that the yolk stays soft?",
            "answer_a": "Six minutes in boiling water, then put it into cold water.",
            "answer_b": "Boil it for twenty minutes.",
        },
    ),
    Template(
        name="ranking",
        title="Ranking",
        description="Put several answers into an order, the best first.",
        label_config="""<View>
  <Header value="The question"/>
  <Text name="prompt" value="$prompt"/>
  <List name="answers" value="$answers" title="Answers"/>
  <Ranker name="rank" toName="answers"/>
</View>""",
        instructions="""Goal: put the answers into an order, from the most to the least helpful.

Read all of them before you move any. The best one goes to the top.
Good: an answer that is right and short stands above one that is right and long-winded.
Not good: leaving the order in which they came without reading.
Edge cases: of two that are equally good, either may come first.""",
        example={
            "prompt": "What should I see in Nairobi in one day?",
            "answers": [
                {"id": "a", "title": "A", "body": "The national park early, the museum after."},
                {"id": "b", "title": "B", "body": "There is nothing to see."},
                {"id": "c", "title": "C", "body": "The museum, a market, and Karura forest."},
            ],
        },
    ),
    Template(
        name="free-writing",
        title="Free writing",
        description="Write a text to an order.",
        label_config="""<View>
  <Header value="What to write"/>
  <Text name="prompt" value="$prompt"/>
  <TextArea name="text" toName="prompt" rows="12" maxSubmissions="1" editable="true"
            required="true"/>
</View>""",
        instructions="""Goal: write what is asked for, in your own words.

Keep to the length and the form that the order names.
Good: a reader who does not know the order would find the text complete.
Not good: copied text; text made by a machine; an outline instead of a text.
Edge cases: if the order asks for something harmful or private, skip it and say so.""",
        example={"prompt": "Four sentences that thank a neighbour for watering your plants."},
    ),
    Template(
        name="transcription",
        title="Transcription",
        description="Write down what is said in a recording.",
        label_config="""<View>
  <AudioPlus name="audio" value="$audio" hotkey="space"/>
  <TextArea name="transcription" toName="audio" rows="5" maxSubmissions="1" editable="true"
            required="true"/>
</View>""",
        instructions="""Goal: every word as it is spoken, in the spelling of the language.

Listen once to the end, write, then listen again and correct.
Good: "um" is left out; a word said twice is written twice.
Not good: a summary; mended grammar.
Edge cases: [unclear] stands for a word that you cannot make out. If nobody speaks, write
[no speech].""",
        example={"audio": "https://example.com/recordings/greeting.wav"},
    ),
    Template(
        name="code-review",
        title="Code review",
        description="Does a piece of code solve its problem, and what should be better.",
        label_config="""<View>
  <Header value="The problem"/>
  <Text name="problem" value="$problem"/>
  <Header value="The code"/>
  <Text name="code" value="$code"/>
  <Choices name="verdict" toName="code" choice="single-radio" required="true">
    <Choice value="Correct" hotkey="1"/>
    <Choice value="Works, with faults" hotkey="2"/>
    <Choice value="Wrong" hotkey="3"/>
  </Choices>
  <TextArea name="review" toName="code" rows="6" maxSubmissions="1" editable="true"/>
</View>""",
        instructions="""Goal: say whether the code solves the problem, and what you would change.

Read the problem, then the code; try the borders (empty input, very large input) in your mind.
Good: "Wrong: an empty list raises an IndexError in line 3."
Not good: "Looks fine."
Edge cases: style alone is no fault. Code in a language that you do not know is skipped.""",
        example={
            "problem": "Return the largest of a list of numbers, or None of an empty one.",
            "code": "def largest(numbers):\n    return max(numbers) if numbers else None",
        },
    ),
    Template(
        name="rating",
        title="Rating",
        description="How good an answer is, on a scale of stars.",
        label_config="""<View>
  <Header value="The question"/>
  <Text name="prompt" value="$prompt"/>
  <Header value="The answer"/>
  <Text name="answer" value="$answer"/>
  <Rating name="quality" toName="answer" maxRating="5" required="true"/>
</View>""",
        instructions="""Goal: say how well the answer helps the person who asked.

1 star: wrong or harmful. 2: mostly wrong. 3: right in part. 4: right, with a flaw. 5: right, clear
and complete.
Good: 3 stars for an answer that is right and leaves out half of what was asked.
Not good: 5 stars for an answer that only sounds sure of itself.
Edge cases: an answer in another language than the question has at most 2 stars. If you cannot
judge the matter, skip the task and say so.""",
        example={
            "prompt": "How long do I boil an egg so that the yolk stays soft?",
            "answer": "Six minutes in boiling water, then put it into cold water.",
        },
    ),
    Template(
        name="counting",
        title="Counting",
        description="How many of something are on a photo: a number.",
        label_config="""<View>
  <Image name="image" value="$image" zoom="true"/>
  <Header value="How many people are there?"/>
  <Number name="people" toName="image" min="0" max="10000" step="1" required="true"/>
</View>""",
        instructions="""Goal: count the people on the photo.

Go from left to right and count everybody of whom you see the head or most of the body.
Good: 12, where eleven stand and one sits half behind a car.
Not good: guessing "about 50" without counting.
Edge cases: people on posters and in mirrors do not count. Nobody there is 0. In a crowd of more
than a hundred, count a part and reckon the rest from it.""",
        example={"image": _PHOTO},
    ),
    Template(
        name="named-entities",
        title="Names in a text",
        description="Where people, places and organisations are named in a text.",
        label_config="""<View>
  <Labels name="entity" toName="text">
    <Label value="Person" background="#d9480f" hotkey="1"/>
    <Label value="Place" background="#0b7285" hotkey="2"/>
    <Label value="Organisation" background="#5f3dc4" hotkey="3"/>
  </Labels>
  <Text name="text" value="$text"/>
</View>""",
        instructions="""Goal: mark every name of a person, a place or an organisation.

Choose the label (keys 1 to 3), then drag over the name from its first to its last letter.
Good: "Lake Victoria" as one place; "Dr" outside of "Amina Otieno".
Not good: a comma or a space inside the mark; "she" marked as a person.
Edge cases: a place that stands for its government is a place. A name within a name is not marked
again. A text without names is sent without marks.""",
        example={"text": "Amina Otieno of the Harbour Museum came from Kisumu on Lake Victoria."},
    ),
    Template(
        name="code-writing",
        title="Code writing",
        description="Write a piece of code that passes the client's checks.",
        kind=WorkKind.CODE,
        label_config="""<View>
  <Header value="The problem"/>
  <Text name="problem" value="$problem"/>
  <Header value="Your code"/>
  <TextArea name="code" toName="problem" rows="16" maxSubmissions="1" editable="true"
            required="true"/>
</View>""",
        instructions="""Goal: code that solves the problem, and passes checks that you do not see.

Write the whole of it, with the names that the problem gives. Try it before you send it.
Good: it also works for empty input and for the largest that the problem allows.
Not good: a sketch, a remark instead of code, code that was made for the examples alone.
Edge cases: use the language's own library only. If the problem contradicts itself, skip it and say
where.""",
        example={
            "problem": "Write a Python function largest(numbers): the largest of a list of "
            "numbers, or None of an empty one.",
        },
    ),
)
