using System.Globalization;
using DotNats.Server;
using DotNats.Storage;
using Microsoft.Extensions.Logging;

namespace DotNats.JetStream.Service;

/// <summary>The lines JetStream logs at its start, in nats-server's words, and what an acknowledgement means, which is ours.</summary>
internal static class JetStreamBanner
{
    // Compat: nats-server's picture, to the letter.
    private static readonly string[] Picture =
    [
        "    _ ___ _____ ___ _____ ___ ___   _   __  __",
        @" _ | | __|_   _/ __|_   _| _ \ __| /_\ |  \/  |",
        @"| || | _|  | | \__ \ | | |   / _| / _ \| |\/| |",
        @" \__/|___| |_| |___/ |_| |_|_\___/_/ \_\_|  |_|",
        "",
        "         https://docs.nats.io/jetstream",
        "",
    ];

    public static void Log(ILogger logger, JetStreamOptions options, long maxMemory, long maxStore, string directory)
    {
        if (!logger.IsEnabled(LogLevel.Information)) return;
        foreach (string line in Picture) ServiceLog.Banner(logger, line);
        ServiceLog.Banner(logger, "---------------- JETSTREAM ----------------");
        if (options.Strict) ServiceLog.Banner(logger, "  Strict:          true");
        ServiceLog.Banner(logger, $"  Max Memory:      {FriendlyBytes(maxMemory)}");
        ServiceLog.Banner(logger, $"  Max Storage:     {FriendlyBytes(maxStore)}");
        ServiceLog.Banner(logger, $"  Store Directory: \"{directory}\"");
        if (!string.IsNullOrEmpty(options.Domain)) ServiceLog.Banner(logger, $"  Domain:          {options.Domain}");
        if (!string.IsNullOrEmpty(options.EncryptionKey)) ServiceLog.Banner(logger, $"  Encryption:      {CipherName(options.Cipher)}");
        ServiceLog.Banner(logger, string.Create(CultureInfo.InvariantCulture, $"  API Level:       {ServerVersion.JetStreamApiLevel}"));
        ServiceLog.Banner(logger, $"  Durability:      {Meaning(StreamLogOptions.DurabilityOf(options))}");
        ServiceLog.Banner(logger, "-------------------------------------------");
    }

    /// <summary>A size as nats-server writes it: <c>17.66 GB</c>.</summary>
    public static string FriendlyBytes(long bytes)
    {
        if (bytes < 1024) return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        int exponent = (int)Math.Floor(Math.Log(bytes) / Math.Log(1024));
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / Math.Pow(1024, exponent):F2} {"KMGTPE"[exponent - 1]}B");
    }

    private static string CipherName(string cipher) => cipher == "aes" ? "AES-GCM" : "ChaCha20-Poly1305";

    private static string Meaning(LogDurability durability) => durability == LogDurability.Synced
        ? "synced (an acknowledged message is on the device)"
        : "written (an acknowledged message is with the operating system)";
}
