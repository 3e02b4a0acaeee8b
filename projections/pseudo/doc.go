// Package pseudo lists the tickets by which staff looks through students' eyes (伪登录): for those who hold or oversee them, and for the students
// whose eyes were borrowed. It is drawn from the events of the tickets.
package pseudo
