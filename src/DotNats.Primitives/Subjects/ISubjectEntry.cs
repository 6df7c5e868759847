namespace DotNats.Primitives;

/// <summary>Something that is kept under a subject or filter, such as a subscription.</summary>
public interface ISubjectEntry
{
    /// <summary>
    /// The filter, always the same array with the same content while the entry is in a trie: the trie refers to it instead of copying tokens.
    /// </summary>
    byte[] Subject { get; }
}

/// <summary>Receives the entries a <see cref="SubjectTrie{T}"/> found. Must not change that trie.</summary>
public interface IMatchSink<in T>
{
    /// <summary>Called once for each entry found, in no particular order.</summary>
    void OnMatch(T entry);
}
