-- A name is what one organisation calls a person. Opaque ids can be computed, so whoever names one proves nothing: a name is kept for each
-- organisation that gave it, and read within that one, those above and those below.
--
-- Who gave the names of before was not kept. They go to the organisations whose roster has the person or, where none has, in which the person
-- has a role, as far as the read models of before tell. The rest goes to '', which nobody reads: the next feed or sign-in names the person anew, and erasing the person takes it away.
alter table people add column org text collate "C" not null default '';
alter table people alter column org drop default, drop constraint people_pkey, add primary key (id, org);

do $$
begin
    if to_regclass('roster_v2.members') is not null then
        insert into people (id, org, name, contact, created_at) select p.id, k.org, p.name, p.contact, p.created_at
        from people p join (
            select m.student as person, c.org from roster_v2.members m join roster_v2.classes c on c.id = m.class
            union select s.person, c.org from roster_v2.staff s join roster_v2.classes c on c.id = s.class
            union select student, org from roster_v2.students
            union select teacher, org from roster_v2.sessions) k on k.person = p.id and k.org <> '';
    end if;
    if to_regclass('staff_v1.roles') is not null then
        insert into people (id, org, name, contact, created_at) select p.id, k.org, p.name, p.contact, p.created_at
        from people p join (select distinct person, org from staff_v1.roles where org <> '') k on k.person = p.id
        where p.org = '' and not exists (select from people r where r.id = p.id and r.org <> '');
    end if;
end $$;

delete from people p where org = '' and exists (select from people k where k.id = p.id and k.org <> '');
