using System.Globalization;
using DotNats.Primitives;

namespace DotNats.App.Signals;

/// <summary>What <c>--signal command[=pid]</c> comes to: a signal for some processes, or an error.</summary>
/// <param name="Signal">What the processes get.</param>
/// <param name="ProcessIds">Processes that get it; none for a pattern that matches nobody.</param>
internal sealed record SignalRequest(ProcessSignal Signal, IReadOnlyList<int> ProcessIds)
{
    /// <summary>Reads <c>command</c>, <c>command=pid</c>, <c>command=pidfile</c> or <c>command=prefix*</c>.</summary>
    /// <param name="readPidFile">Text of a file, or null when there is none of that name.</param>
    /// <param name="findServers">Process ids of the running servers, lowest first.</param>
    /// <returns>Null with <paramref name="error"/> in nats-server's words.</returns>
    public static SignalRequest? Parse(string text, Func<string, string?> readPidFile, Func<IReadOnlyList<int>> findServers, out string? error)
    {
        string[] parts = text.Split('=');
        if (parts.Length > 2)
        {
            error = $"invalid signal parameters: [{string.Join(' ', parts[2..])}]";
            return null;
        }
        string target = parts.Length == 2 ? readPidFile(parts[1])?.Trim() ?? parts[1] : "";
        bool pattern = target.EndsWith('*');
        string digits = pattern ? target[..^1] : target;
        if (!TryFindProcesses(digits, pattern, findServers, out IReadOnlyList<int> processes, out error)) return null;
        if (SignalOf(parts[0]) is { } signal) return new SignalRequest(signal, processes);
        error = $"unknown signal {GoQuote.Quote(parts[0])}";
        return null;
    }

    private static bool TryFindProcesses(
        string digits, bool pattern, Func<IReadOnlyList<int>> findServers, out IReadOnlyList<int> processes, out string? error)
    {
        processes = [];
        int id = 0;
        error = digits.Length == 0 || int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out id)
            ? null
            : $"invalid pid: {digits}";
        if (error is not null) return false;
        if (digits.Length > 0 && !pattern)
        {
            processes = [id];
            return true;
        }
        processes = findServers();
        if (processes.Count > 1 && !pattern)
            error = $"multiple nats-server processes running:\n{string.Join('\n', processes)}";
        else if (processes.Count == 0)
            error = "no nats-server processes running";
        processes = [.. processes.Where(process => process.ToString(CultureInfo.InvariantCulture).StartsWith(digits, StringComparison.Ordinal))];
        return error is null;
    }

    private static ProcessSignal? SignalOf(string command) => command switch
    {
        "stop" => ProcessSignal.Kill,
        "quit" => ProcessSignal.Interrupt,
        "term" => ProcessSignal.Terminate,
        "reopen" => ProcessSignal.User1,
        "reload" => ProcessSignal.Hangup,
        "ldm" => ProcessSignal.User2,
        _ => null,
    };
}
