using System.Text;
using DotNats.Storage;

namespace DotNats.App.Checking;

/// <summary><c>--fsck</c>: says what a store is like; the status is 0 for a sound one, 1 for damage, 2 where there is none.</summary>
internal static class StoreCheckCommand
{
    /// <param name="options">Of the configuration, for its keys; null without one.</param>
    public static int Run(string directory, JetStreamOptions? options, TextWriter output)
    {
        int damages = 0;
        StoreCheckResult result;
        try
        {
            result = StoreCheck.Run(new StoreCheckOptions { Directory = directory, CipherOf = Cipher(options) }, finding => damages += Write(finding, output));
        }
        catch (IOException e)
        {
            output.Write($"{directory}: {e.Message}\n");
            return 1;
        }

        output.Write(result switch
        {
            StoreCheckResult.Sound => $"{directory}: sound\n",
            StoreCheckResult.Damaged => $"{directory}: {damages} damages\n",
            _ => $"{directory}: not a store\n",
        });
        return (int)result;
    }

    private static int Write(StoreFinding finding, TextWriter output)
    {
        string whose = finding.Account.Length == 0 ? "" : $"{finding.Account} > {finding.Stream}: ";
        output.Write(finding.Place.Length == 0 ? $"{whose}{finding.What}\n" : $"{whose}damage: {finding.Place}: {finding.What}\n");
        return finding.IsDamage ? 1 : 0;
    }

    private static Func<string, StoreCipher>? Cipher(JetStreamOptions? options)
    {
        if (options?.EncryptionKey is not { Length: > 0 } key) return null;
        StoreCipherKind kind = options.Cipher == "aes" ? StoreCipherKind.Aes : StoreCipherKind.ChaCha;
        return account => new StoreCipher(kind, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(options.PreviousEncryptionKey ?? ""), account);
    }
}
