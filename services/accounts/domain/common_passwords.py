"""Passwords that everybody tries first, of those that are long enough; in folded case.

They are what every list of leaked passwords begins with. Few on purpose: sign-in is throttled, so
an attacker has some hundred guesses and not millions.
"""

from __future__ import annotations

_LIST = """
!qaz2wsx3edc 0123456789 0987654321 1122334455 123123123123 1231231234 1234512345 123456789a
1234567890 12345678900 12345678901 1234567890a 1234567890q 123456789abc 12345qwert 123654789a
147258369a 1password1 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc 1qazxsw23edc 9876543210 a123456789
aa12345678 aa123456789 abc1234567 abc123456789 abcd123456 abcd1234567 abcdef1234 abcdefghij
administrator asdfasdfasdf asdfghjkl1 asdfghjkl; asdfghjkl123 azertyuiop baseball123
basketball basketball1 butterfly1 changeme123 changemenow charlie123 chocolate1 computer123
contraseña correcthorsebatterystaple crewline123 dragon12345 estrella123 football123
freedom123 helloworld hello12345 iloveyou12 iloveyou123 iloveyou1234 internet123 jordan23456
letmein123 letmein1234 liverpool1 liverpool123 manchester manchester1 michael123 midnight123
minecraft1 minecraft123 mississippi monkey12345 motdepasse mypassword mypassword1 passw0rd12
passw0rd123 password!! password01 password10 password11 password12 password123 password123!
password1234 password12345 passwordpassword passwort123 pokemon123 princess123 q1w2e3r4t5
q1w2e3r4t5y6 qazwsxedc1 qazwsxedc123 qazwsxedcrfv qwer123456 qwerasdfzxcv qwerty12345
qwerty123456 qwerty1234567 qwertyqwerty qwertyuiop qwertyuiop1 qwertyuiop123 qwertyuiop[]
samsung123 september1 spongebob1 starwars123 sunshine12 sunshine123 superman123 thisisapassword
trustno123 unbelievable welcome123 welcome1234 welcome2023 welcome2024 welcome2025 welcome2026
yourpassword zaq12wsxcde3 zaq1xsw2cde3 zxcvbnm123 zxcvbnm1234 zxcvbnmzxcvbnm
"""

COMMON_PASSWORDS = frozenset(_LIST.split())
