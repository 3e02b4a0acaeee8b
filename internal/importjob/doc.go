// Package importjob imports uploaded files of questions as jobs: queued, resumed after a restart, with progress to look at.
package importjob
