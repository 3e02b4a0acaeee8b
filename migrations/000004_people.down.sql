drop table person_keys;
drop table people;
