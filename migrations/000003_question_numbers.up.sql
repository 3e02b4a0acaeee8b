-- The number in a question's short code. Gaps are fine; twice the same is not.
create sequence question_numbers start with 100001;
