// Package jobs runs long work that somebody asked for over the API: it is queued in the database, so that it survives the process, and run
// by whichever process is free.
//
// A job that was running when its process died is run again when its lease has ended, so what a kind of job does must bear being done
// twice. Progress is for people to look at; what came of the job is in the log.
package jobs
