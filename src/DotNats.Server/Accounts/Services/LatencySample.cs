using DotNats.Server.Connections;
using DotNats.Server.Routing;

namespace DotNats.Server.Accounts;

/// <summary>The measurement of one request to a service.</summary>
// Owner: the request, then its ServiceResponse. Lifetime: until its report is posted, once. Next stop: LatencyReports.
internal sealed class LatencySample
{
    private readonly long _startTicks;

    private LatencySample(ServiceLatencyOptions latency, MemberSession requestor, bool share, SortedDictionary<string, List<string>>? headers)
    {
        Subject = latency.Subject;
        Requestor = requestor;
        Share = share;
        Headers = headers;
        _startTicks = Server.Time.GetTimestamp();
    }

    /// <summary>Where the report goes.</summary>
    public string Subject { get; }

    public MemberSession Requestor { get; }

    /// <summary>The report may say who asked.</summary>
    public bool Share { get; }

    /// <summary>The headers that asked for it; null where it fell into the sample.</summary>
    public SortedDictionary<string, List<string>>? Headers { get; }

    private ServerCore Server => Requestor.Connection.Server;

    /// <summary>Starts measuring a request that falls into the sample or asks for it by its headers; null otherwise.</summary>
    public static LatencySample? TryTake(ServiceImport import, in Message message)
    {
        ServiceLatencyOptions latency = import.Latency!;
        if (message.Origin?.Session is not MemberSession requestor) return null;
        // Compat: a sample of n percent has n + 1 of 100 in it.
        if (latency.Sampling >= 100 || (latency.Sampling > 0 && Random.Shared.Next(100) <= latency.Sampling))
            return new LatencySample(latency, requestor, import.Share, headers: null);
        if (message.HeaderLength <= 0 || LatencyHeaders.FindTrigger(message.Body[..message.HeaderLength]) is not { } headers) return null;
        return new LatencySample(latency, requestor, import.Share, headers);
    }

    /// <summary>The response has come.</summary>
    /// <param name="responder">Who sent it; null for the server itself.</param>
    public void ReportSuccess(Account account, Connection? responder) =>
        Post(new LatencyReport(account, this, Elapsed(), 200, Error: null, responder?.Session as MemberSession));

    /// <summary>There will be no response.</summary>
    public void ReportFailure(Account account, ResponseEnd reason)
    {
        (int status, string? error) = reason switch
        {
            ResponseEnd.NoReplySubject => (400, "Bad Request"),
            ResponseEnd.InterestLost => (408, "Request Timeout"),
            ResponseEnd.NotDelivered => (503, "Service Unavailable"),
            ResponseEnd.TimedOut => (504, "Service Timeout"),
            _ => (0, null),
        };
        if (status != 0) Post(new LatencyReport(account, this, Elapsed(), status, error, Responder: null));
    }

    private void Post(LatencyReport report) => Server.LatencyReports.Post(report);

    private TimeSpan Elapsed() => Server.ToTimeSpan(Server.Time.GetTimestamp() - _startTicks);
}

/// <summary>The outcome of a measurement.</summary>
/// <param name="Account">The exporting account, which gets it.</param>
/// <param name="Elapsed">From the request to its response, or to its end without.</param>
/// <param name="Status">200, or why there is no response, as nats-server numbers it.</param>
internal sealed record LatencyReport(Account Account, LatencySample Sample, TimeSpan Elapsed, int Status, string? Error, MemberSession? Responder)
{
    public long PostedTicks { get; init; }
}
