// Package environment decides what is live in one isolated lane of delivery.
//
// An environment's stream owns which release has which lesson. Being published makes nothing visible; being released does. Each lesson has at
// most one baseline, which everybody gets, and beside it at most one candidate, which a release under way gives to some:
//
//   - Release makes frozen versions of one lesson the baseline, wholly and at once.
//   - Open gives a release (package release) all its lessons as candidates, or refuses all of them where another release has one.
//   - Complete makes its candidates the baselines; Close takes them away. Both are asked for after the release's own stream says that it
//     is over, and never refuse.
//
// So lessons are had like locks: the environment is asked first when a release begins, and last when it ends. Whatever is interrupted in between
// is finished by the same command again.
package environment
