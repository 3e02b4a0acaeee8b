// Package roster decides who learns what with whom: business line (业务线) → term (期次) → course (课程), below which stand the
// lessons of the course (讲次) and the classes (班级) with their teachers, tutors and students.
//
//	line ─ term ─ course ─┬─ lesson, which refers to a lesson that authors arrange
//	                      └─ class ─ teachers, tutors, students
//
// Each node is known by the organisation's own code, and its id is made of organisation, kind and code: whoever feeds the roster needs no id of
// ours, and feeding the same again changes nothing. A kind stands below exactly one other kind, so that there are no cycles to look for.
//
// Company systems send what they know more than once and not always in order. A statement may carry when it was true ([AsOf]): what is
// known keeps the instant it is from, and an older statement that arrives later is stale and changes nothing. Titles, places, staff and
// each single membership are judged apart. A statement without an instant is one of here and now.
//
// Events hold opaque ids of people only; their names and contacts are kept outside the log, where they can be erased. What rules may ask of a student (grade,
// region) is sealed with the student's key, and goes with it.
package roster
