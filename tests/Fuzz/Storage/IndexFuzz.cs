using Fuzz.Harness;
using Storage.Tests.Index;
using Xunit;

namespace Fuzz.Storage;

/// <summary>The index of subjects under random operations on hostile subjects.</summary>
public sealed class IndexFuzz
{
    [Fact]
    public void It_answers_as_a_dictionary_would() => FuzzRun.Repeat(random =>
        new RandomIndexRun(random, HostileSubjects.Some(random)).Run(random.Next(1, 3000)));
}
