// Package roster reads what company systems say of who learns what with whom: a CSV sheet, a JSON document, JSON lines or CloudEvents all come
// to the same [Record]s.
//
// A record is of one kind and has the fields of that kind, all of them texts unless said otherwise (a * is needed):
//
//	line      code* title* from until
//	term      code* title* line* from until
//	course    code* title* term* from until
//	lesson    code* title* course* lesson_id from until
//	class     code* title* course teachers tutors students
//	student   student* name grade region
//	join      class* student* name from until
//	leave     class* student*
//	transfer  student* from_class* to_class*
//	session   code* title lesson or lesson_id, teacher* classes* start* end* environment
//	cancel    session* reason environment
//	guest     session* student* environment
//
// Every record may have as_of, when it was true, and sequence, a number that orders what is of the same instant. Instants are RFC 3339 texts
// ("2026-09-01T08:00:00+08:00"). student and teacher are the organisation's own numbers; teachers, tutors and students are lists of
// {"number", "name"}, classes is a list of codes.
//
//	{"kind": "join", "class": "7b", "student": "1001", "as_of": "2026-09-01T08:00:00+08:00"}
//
// A sheet has these names (or 类型, 编号, 名称, 班级编号, 学号 …) as headings; lists in a cell are separated by ; and a name follows its number after
// =: "T1=Wang;T2". A sheet without the heading kind is one of students, a line each: class, title, student, name.
//
// In a CloudEvent 1.0 the type names the kind, data has the fields, and time and sequence say as of when. See [Events] for the types.
package roster
