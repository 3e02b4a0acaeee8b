// Package pseudo decides who may look through a student's eyes (伪登录), how long, and whether more than look.
//
// Support staff opens a ticket for one student in one environment, with a reason. Against the ticket tokens are minted that speak for the
// student and name the staff; each lives for minutes and each is an event, so it is known who looked and when. A ticket ends by itself after
// hours, and at once when it is closed by its holder or revoked by somebody who manages access; no token of it is believed then.
//
// A ticket is for reading. One that is opened for trying things out answers only once another person has approved that, and what is answered
// under it is the shadow of an attempt: it has its own id and its own kinds of events, so that neither the student nor any figure sees it.
//
// Nobody borrows eyes through borrowed eyes, nor those of somebody who works here.
package pseudo
