using System.Text;
using DotNats.Primitives;
using DotNats.Server.Accounts;

namespace DotNats.Server.Monitoring;

/// <summary>What accounts share as <c>/accountz</c> shows it.</summary>
internal static class SharingMonitor
{
    public static AccountExportInfo Describe(StreamExport export) => Describe(export, "stream");

    public static AccountExportInfo Describe(ServiceExport export) => Describe(export, "service") with
    {
        ResponseType = export.ResponseType == ServiceResponseType.Stream ? "Streamed" : export.ResponseType.ToString(),
        ServiceLatency = Describe(export.Latency),
    };

    public static AccountImportInfo Describe(StreamImport import) => new()
    {
        Subject = import.From,
        Account = import.ExporterName,
        LocalSubject = import.To,
        Type = "stream",
    };

    public static AccountImportInfo Describe(ServiceImport import) => new()
    {
        Subject = import.Remote,
        Account = import.ExporterName,
        To = import.Local,
        LocalSubject = import.Local,
        Type = "service",
        Share = import.Share,
        Latency = Describe(import.Latency),
    };

    public static IReadOnlyDictionary<string, AccountResponseInfo> DescribeResponses(Account account)
    {
        var found = new Collector(account);
        account.ResponsesIfAny?.ForEach(ref found);
        return found.Responses;
    }

    private static AccountExportInfo Describe(IExport export, string type) => new()
    {
        Subject = export.Subject,
        Type = type,
        TokenReq = export.Access.TokenRequired,
        ApprovedAccounts = export.Access.Approved.Count == 0 ? null : [.. export.Access.Approved],
        RevokedActivations = export.Access.Terms.RevokedActivations is { Count: > 0 } revoked ? revoked : null,
    };

    private static LatencySampling? Describe(ServiceLatencyOptions? latency) => latency is null ? null : new LatencySampling(latency.Sampling, latency.Subject);

    /// <summary>Reads responses while they are in their table.</summary>
    private readonly struct Collector(Account account) : IEntrySink<ServiceResponse>
    {
        public Dictionary<string, AccountResponseInfo> Responses { get; } = [];

        public void OnEntry(ServiceResponse value)
        {
            Span<byte> room = stackalloc byte[ReplySubject.LongestLength];
            string subject = Encoding.ASCII.GetString(room[..account.Responses.WriteSubject(value.Ticket, value.Sample is not null, room)]);
            Responses[subject] = new AccountResponseInfo
            {
                Subject = Encoding.UTF8.GetString(value.Reply),
                Account = value.Requester.Name,
                To = subject,
                LocalSubject = subject,
                Share = value.Share,
                Tracking = value.Sample is not null,
                TrackingHeader = value.Sample?.Headers,
                Latency = value.Sample is null ? null : Describe(value.Export?.Latency),
            };
        }
    }
}
