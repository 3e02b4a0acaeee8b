-- What only readers need: made once the tables are filled.
create index if not exists questions_updated on questions (updated_at, id);
create index if not exists questions_number on questions (number);
create index if not exists questions_org on questions (org);
create index if not exists questions_terms on questions using gin (terms);
create index if not exists words_words on words using gin (words);
create index if not exists questions_changed on questions (changed);
