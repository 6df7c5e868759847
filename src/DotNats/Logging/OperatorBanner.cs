using System.Globalization;
using DotNats.Primitives;
using DotNats.Security;
using DotNats.Server.Accounts;
using Microsoft.Extensions.Logging;

namespace DotNats.Logging;

/// <summary>Who is trusted, as the log of a starting server says it.</summary>
internal static partial class OperatorBanner
{
    public static void Log(ILogger logger, NatsServerOptions options)
    {
        if (options.Operators.Count == 0) return;
        LogHeading(logger);
        foreach (OperatorOptions trusted in options.Operators)
        {
            if (!JwtReader.TryReadOperator(trusted.Jwt, out OperatorClaims? claims, out _)) continue;
            LogSystem(logger, GoQuote.Quote(claims.Audience));
            LogOperator(logger, GoQuote.Quote(claims.Name));
            LogIssued(logger, Moment(claims.IssuedAtSeconds));
            LogExpires(logger, claims.ExpiresAtSeconds == 0 ? "Never" : Moment(claims.ExpiresAtSeconds));
        }

        if (AccountRegistry.SystemNameOf(options) == AccountRegistry.DefaultSystemName) LogNoSystem(logger);
    }

    // As Go prints a time in the local zone; a zone without letters of its own is named by its offset.
    private static string Moment(long seconds)
    {
        DateTimeOffset moment = DateTimeOffset.FromUnixTimeSeconds(long.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())).ToLocalTime();
        string offset = moment.ToString("zzz", CultureInfo.InvariantCulture).Replace(":", "", StringComparison.Ordinal);
        string zone = moment.Offset == TimeSpan.Zero ? "UTC" : offset.EndsWith("00", StringComparison.Ordinal) ? offset[..3] : offset;
        return $"{moment.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} {offset} {zone}";
    }

    [LoggerMessage(120, LogLevel.Information, "Trusted Operators")]
    private static partial void LogHeading(ILogger logger);

    [LoggerMessage(121, LogLevel.Information, "  System  : {System}")]
    private static partial void LogSystem(ILogger logger, string system);

    [LoggerMessage(122, LogLevel.Information, "  Operator: {Name}")]
    private static partial void LogOperator(ILogger logger, string name);

    [LoggerMessage(123, LogLevel.Information, "  Issued  : {Moment}")]
    private static partial void LogIssued(ILogger logger, string moment);

    [LoggerMessage(124, LogLevel.Information, "  Expires : {Moment}")]
    private static partial void LogExpires(ILogger logger, string moment);

    [LoggerMessage(125, LogLevel.Warning, "Trusted Operators should utilize a System Account")]
    private static partial void LogNoSystem(ILogger logger);
}
