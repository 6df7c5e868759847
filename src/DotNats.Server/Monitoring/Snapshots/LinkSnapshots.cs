namespace DotNats.Server.Monitoring;

/// <summary>Routes of one server (<c>/routez</c>).</summary>
public sealed record RoutezSnapshot
{
    public required string ServerId { get; init; }

    public required string ServerName { get; init; }

    public DateTime Now { get; init; }

    public int NumRoutes { get; init; }

    public IReadOnlyList<LinkInfo> Routes { get; init; } = [];
}

/// <summary>Gateways of one server (<c>/gatewayz</c>).</summary>
public sealed record GatewayzSnapshot
{
    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    public IReadOnlyDictionary<string, LinkInfo> OutboundGateways { get; init; } = new Dictionary<string, LinkInfo>();

    public IReadOnlyDictionary<string, LinkInfo> InboundGateways { get; init; } = new Dictionary<string, LinkInfo>();
}

/// <summary>Leaf nodes of one server (<c>/leafz</c>).</summary>
public sealed record LeafzSnapshot
{
    public required string ServerId { get; init; }

    public DateTime Now { get; init; }

    public int Leafnodes { get; init; }

    public IReadOnlyList<LinkInfo> Leafs { get; init; } = [];
}

/// <summary>One link to another server; there are none until links exist.</summary>
public sealed record LinkInfo;
