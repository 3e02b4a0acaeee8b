// Package devices remembers, of each student in each environment, what the device said of itself last: its platform, version, channel, region
// and language.
//
// Rules go by them, and support staff that looks through a student's eyes is to see what the student's device sees. Thousands of requests a second say
// the same, so most cost a look into memory; what is new is written in batches, every second and before Run ends. A device that is lost in a
// crash is said again within the hour.
package devices
