using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using DotNats.Security;
using Microsoft.Extensions.Logging;

namespace DotNats.Server.Accounts.Resolving;

/// <summary>
/// The JWTs of a directory, one file <c>&lt;account key&gt;.jwt</c> each, as nats-server lays it out. Files that are no JWT of the account they
/// are named after are reported and left alone.
/// </summary>
// Owner: one writer at a time, the loop of its resolver, or the start before there is one; any thread reads.
// Lifetime: the resolver's. Invariant: Hash is the XOR of the SHA-256 of all indexed JWTs.
internal sealed class JwtStore
{
    public const string FileEnd = ".jwt";

    private const string InvalidKey = "invalid public key";
    private const int HashBytes = SHA256.HashSizeInBytes;

    private readonly ConcurrentDictionary<string, StoredJwt> _index = new(StringComparer.Ordinal);
    private readonly IJwtFiles _files;
    private readonly JwtStoreRules _rules;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly UseCounter _uses = new();
    private volatile byte[] _hash = new byte[HashBytes];

    private JwtStore(IJwtFiles files, JwtStoreRules rules, TimeProvider time, ILogger logger)
    {
        _files = files;
        _rules = rules;
        _time = time;
        _logger = logger;
    }

    /// <summary>JWTs it knows.</summary>
    public int Count => _index.Count;

    /// <summary>Two stores that hold the same have the same.</summary>
    public ReadOnlySpan<byte> Hash => _hash;

    /// <summary>Reads what is there.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static JwtStore Open(IJwtFiles files, JwtStoreRules rules, TimeProvider time, ILogger logger)
    {
        var store = new JwtStore(files, rules, time, logger);
        store.Refresh();
        return store;
    }

    /// <summary>A JWT; null where there is none that can be used. Counts as asked for.</summary>
    // Compat: a file somebody put there is found before it is indexed.
    public string? Read(string key)
    {
        if (!IsKey(key) || ReadFile(key, out _) is not { } contents) return null;
        if (_index.TryGetValue(key, out StoredJwt? known)) known.Touch(_time.GetUtcNow());
        return Encoding.UTF8.GetString(contents);
    }

    /// <summary>Accounts whose JWTs are indexed, there and not expired, in order.</summary>
    public IReadOnlyList<string> Keys()
    {
        long now = _time.GetUtcNow().ToUnixTimeSeconds();
        List<string> keys = [];
        foreach (JwtFile file in ListFiles())
        {
            string key = file.Name[..^FileEnd.Length];
            if (_index.TryGetValue(key, out StoredJwt? known) && !known.Summary.IsExpiredAt(now)) keys.Add(key);
        }

        keys.Sort(StringComparer.Ordinal);
        return keys;
    }

    /// <summary>Keeps a JWT, whatever was kept before. The caller knows that it is the account's.</summary>
    public StoreResult Save(string key, string jwt)
    {
        if (!IsKey(key)) return StoreResult.Refused(InvalidKey);
        byte[] contents = Encoding.UTF8.GetBytes(jwt);
        if (contents.Length > JwtReader.MaxBytes || !JwtSummary.TryRead(contents, out JwtSummary summary)) return StoreResult.Refused("invalid JWT");
        byte[] hash = SHA256.HashData(contents);
        if (_index.TryGetValue(key, out StoredJwt? known))
        {
            known.Touch(_time.GetUtcNow());
            if (known.Hash.AsSpan().SequenceEqual(hash)) return StoreResult.Same;
        }

        try
        {
            if (known is null && _index.Count >= _rules.Limit && !TryMakeRoom()) return StoreResult.Refused("jwt store is full");
            _files.Write(key + FileEnd, contents);
        }
        catch (IOException error)
        {
            return StoreResult.Refused(error.Message);
        }

        Index(key, hash, summary);
        return StoreResult.Done;
    }

    /// <summary>Keeps a JWT of another server or of the configuration, unless the one that is kept was issued later.</summary>
    public StoreResult SaveIfNewer(string key, string jwt)
    {
        if (!JwtReader.TryReadAccount(jwt, out AccountClaims? claims, out JwtError error)) return StoreResult.Refused(error.Text);
        if (claims.Subject != key) return StoreResult.Refused("jwt subject nkey and provided nkey do not match");
        if (IsKey(key) && ReadFile(key, out JwtSummary kept) is not null && (kept.Id == claims.Id || kept.IssuedAtSeconds > claims.IssuedAtSeconds))
            return StoreResult.Same;
        return Save(key, jwt);
    }

    /// <summary>Removes a JWT, or puts it aside as <c>.jwt.deleted</c>. One that is not there is no error.</summary>
    public StoreResult Delete(string key)
    {
        if (!IsKey(key)) return StoreResult.Refused(InvalidKey);
        try
        {
            string name = key + FileEnd;
            if (!(_rules.KeepsDeleted ? _files.Rename(name, name + ".deleted") : _files.Delete(name))) return StoreResult.Same;
        }
        catch (IOException error)
        {
            return StoreResult.Refused(error.Message);
        }

        Forget(key);
        return StoreResult.Done;
    }

    /// <summary>Removes what has expired: not asked for in its time to live or, where there is none, by what it says itself.</summary>
    public void RemoveExpired()
    {
        DateTimeOffset now = _time.GetUtcNow();
        foreach ((string key, StoredJwt known) in _index)
        {
            if (!(known.KeptUntil is { } end ? end <= now : known.Summary.IsExpiredAt(now.ToUnixTimeSeconds()) && IsTrulyExpired(key))) continue;
            try
            {
                _files.Delete(key + FileEnd);
                Forget(key);
            }
            catch (IOException error)
            {
                ResolverLog.CannotRemove(_logger, key, error.Message);
            }
        }
    }

    /// <summary>Looks at the files again; the accounts whose JWTs are others than before, or new.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public IReadOnlyList<string> Refresh()
    {
        IReadOnlyList<JwtFile> files = _files.List();
        var read = new JwtOnDisk?[files.Count];
        // Reading and hashing is what takes the time: a store of ten thousand is ready in half of it by two cores.
        Parallel.For(0, files.Count, i => read[i] = Look(files[i].Name));
        List<string> changed = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JwtOnDisk? found in read)
        {
            if (found is not { } jwt) continue;
            seen.Add(jwt.Key);
            if (_index.TryGetValue(jwt.Key, out StoredJwt? known) && known.Hash.AsSpan().SequenceEqual(jwt.Hash)) continue;
            Index(jwt.Key, jwt.Hash, jwt.Summary);
            changed.Add(jwt.Key);
        }

        foreach (string key in _index.Keys)
        {
            if (!seen.Contains(key)) Forget(key);
        }

        return changed;
    }

    private JwtOnDisk? Look(string fileName)
    {
        string key = fileName[..^FileEnd.Length];
        if (IsKey(key)) return ReadFile(key, out JwtSummary summary) is { } contents ? new JwtOnDisk(key, SHA256.HashData(contents), summary) : null;
        ResolverLog.StrangeFile(_logger, fileName, "is not named after an account");
        return null;
    }

    private static bool IsKey(string key) => NKey.IsPublicKey(key, NKeyKind.Account);

    // Null where there is no file, or where it is none of this account's JWTs, which is reported.
    private byte[]? ReadFile(string key, out JwtSummary summary)
    {
        summary = default;
        string name = key + FileEnd;
        try
        {
            byte[]? contents = _files.Read(name, JwtReader.MaxBytes);
            if (contents is null) return null;
            if (contents.Length > JwtReader.MaxBytes) ResolverLog.StrangeFile(_logger, name, "is too large");
            else if (!JwtSummary.TryRead(contents, out summary)) ResolverLog.StrangeFile(_logger, name, "is damaged");
            else if (summary.Subject != key) ResolverLog.StrangeFile(_logger, name, "is about another account");
            else return contents;
        }
        catch (IOException error)
        {
            ResolverLog.StrangeFile(_logger, name, error.Message);
        }

        return null;
    }

    private IReadOnlyList<JwtFile> ListFiles()
    {
        try
        {
            return _files.List();
        }
        catch (IOException error)
        {
            ResolverLog.CannotList(_logger, error.Message);
            return [];
        }
    }

    // Only what was signed may take a file away.
    private bool IsTrulyExpired(string key) =>
        ReadFile(key, out _) is { } contents
        && JwtReader.TryReadGeneric(contents, out GenericClaims? claims, out _)
        && JwtValidity.StateAt(claims, _time.GetUtcNow()) == JwtTimeState.Expired;

    // Reading all of a thousand beats a list that every reader would have to lock.
    private bool TryMakeRoom()
    {
        if (!_rules.EvictsAtLimit) return false;
        string? oldest = null;
        long lastUse = long.MaxValue;
        foreach ((string key, StoredJwt known) in _index)
        {
            if (known.LastUse >= lastUse) continue;
            (oldest, lastUse) = (key, known.LastUse);
        }

        if (oldest is null) return false;
        _files.Delete(oldest + FileEnd);
        Forget(oldest);
        return true;
    }

    private void Index(string key, byte[] hash, JwtSummary summary)
    {
        var stored = new StoredJwt(hash, summary, _rules.TimeToLive, _uses);
        stored.Touch(_time.GetUtcNow());
        _index.TryGetValue(key, out StoredJwt? before);
        _index[key] = stored;
        if (before is not null) Mix(before.Hash);
        Mix(hash);
    }

    private void Forget(string key)
    {
        if (_index.TryRemove(key, out StoredJwt? known)) Mix(known.Hash);
    }

    // The same operation puts a hash in and takes it out.
    private void Mix(byte[] hash)
    {
        byte[] mixed = new byte[HashBytes];
        for (int i = 0; i < HashBytes; i++) mixed[i] = (byte)(_hash[i] ^ hash[i]);
        _hash = mixed;
    }

    private readonly record struct JwtOnDisk(string Key, byte[] Hash, JwtSummary Summary);
}
