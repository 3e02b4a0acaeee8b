// Package manifest writes how a lesson is arranged for the clients that play it: one document for students and for those who preview.
//
//	members := manifest.Stages(plan, plugins, func(h content.Hash) manifest.File { return manifest.File{Source: "/v1/blobs/" + string(h)} })
package manifest
