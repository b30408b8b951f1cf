"""What an answer's value looks like, by the kind of work: one text for one answer.

| kind                      | value                                                              |
|---------------------------|--------------------------------------------------------------------|
| CHOICE, PAIRWISE, ORDINAL | one of the project's labels                                        |
| TEXT, CODE                | the text                                                           |
| NUMERIC                   | the number in decimal digits: 12.5, -3, 0.00001                    |
| RANKED                    | a JSON array of the items' ids, the best first                     |
| REGIONS                   | a JSON array of labelled shapes on an image (`shapes`)             |
| SPANS                     | a JSON array of labelled stretches of text or sound (`spans`)      |
| STRUCTURED                | a JSON object: each field's value by the field's name              |

JSON is written without spaces, with the keys of objects in order, shapes and spans in the order of
their text, and places to four decimals: the same answer is the same text whoever gave it.
`forms` reads any of them and says what is wrong; nothing here knows label configs.
"""
