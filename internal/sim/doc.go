// Package sim makes students: how able each is, how hard each question is, and what the one answers to the other, all drawn from a
// seed, so that what the figures ought to say is known beforehand.
//
// Students answer over HTTP as real clients do: they lose acknowledgements and send again, send twice, and hand in late what
// they answered without a network.
package sim
