-- One name of a person stays: the one that was kept first.
delete from people p where exists (select from people k where k.id = p.id and (k.created_at, k.org) < (p.created_at, p.org));
alter table people drop column org, add primary key (id);
