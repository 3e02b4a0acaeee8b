drop sequence question_numbers;
