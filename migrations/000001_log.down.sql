drop function append_events(smallint, uuid[], int[], int[], int[], int[], uuid[], text[], smallint[], json[], json[], uuid[]);
drop table events;
drop function refuse_change();
