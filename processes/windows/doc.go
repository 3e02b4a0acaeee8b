// Package windows records the instants at which windows of reissues begin and end, so that those who are connected are told and open attempts follow.
//
// What a student gets goes by the clock alone and waits for nobody: see the decision about reissues. But nobody looks without a reason, and the reason is
// an event. [Windows.Look] is done several times a second and asks for what has turned since. A window that began while no program ran is recorded late; one that
// ended longer than [Forgotten] ago is not any more, for whoever has connected since was told what there is.
package windows
