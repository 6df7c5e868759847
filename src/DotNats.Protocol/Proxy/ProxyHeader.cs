using System.Net;

namespace DotNats.Protocol.Proxy;

/// <summary>How far the reading of a PROXY protocol header has come.</summary>
public enum ProxyHeaderStatus : byte
{
    /// <summary>What is there may still become a header.</summary>
    NeedMore,

    /// <summary>The header is whole.</summary>
    Done,

    /// <summary>This is no PROXY header: the bytes are the client's own.</summary>
    Unrecognized,

    /// <summary>A header that breaks the rules.</summary>
    Invalid,
}

/// <summary>What a proxy said of the client behind it.</summary>
/// <param name="Source">The client's address; null where the proxy speaks for itself (LOCAL, UNKNOWN, unspecified family).</param>
/// <param name="Length">Bytes of the header; what follows belongs to the client.</param>
public readonly record struct ProxyHeader(IPEndPoint? Source, int Length);
