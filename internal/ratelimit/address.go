package ratelimit

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"qbank/domain/fault"
)

// maxHops bounds how far a chain of proxies is followed.
const maxHops = 20

// From is the address that a request comes from; invalid where that cannot be told. Proxies in front are seen through where they are trusted.
func (l *Limits) From(r *http.Request) netip.Addr {
	peer := Peer(r)
	if l == nil || !l.trusts(peer) {
		return peer
	}
	var hops []string
	for _, line := range r.Header.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(line, ",")...)
	}
	for i, hop := range slices.Backward(hops) {
		if len(hops)-i > maxHops {
			break
		}
		said, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return peer // what stands further left was not written by one whom we trust
		}
		if peer = said.Unmap().WithZone(""); !l.trusts(peer) {
			break
		}
	}
	return peer
}

func (l *Limits) trusts(address netip.Addr) bool {
	return slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(address) })
}

// Peer is the address at the other end of the connection.
func Peer(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return peer.Addr().Unmap().WithZone("")
}

// ParseProxies reads the networks of trusted proxies, such as "10.0.0.0/8", or single addresses.
func ParseProxies(written []string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for _, text := range written {
		p, err := netip.ParsePrefix(text)
		if a, single := netip.ParseAddr(text); single == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fault.Refuse(fault.Invalid, "proxies.setting", fault.Say("%.60q is no network of proxies such as 10.0.0.0/8", "%.60q 不是代理网段（例如 10.0.0.0/8）", text))
		}
		list = append(list, p.Masked())
	}
	return list, nil
}
