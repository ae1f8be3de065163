package io.epona.simulator.workload;

import io.epona.engine.replica.ProtocolMutation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Runs that showed a violation once, made smaller and kept: see the notes in the files. */
class RegressionTest
{
    static List<Path> savedRuns() throws IOException, URISyntaxException
    {
        final Path directory = Path.of(
            Objects.requireNonNull(RegressionTest.class.getResource("/regressions")).toURI());
        try (Stream<Path> files = Files.list(directory))
        {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("savedRuns")
    void shouldHoldAllInvariants(final Path file) throws IOException
    {
        final SavedRun saved = SavedRun.parse(Files.readString(file));
        final RunResult result = Run.of(saved.scenario(), saved.inputs(), ProtocolMutation.NONE, null);
        assertEquals(List.of(), result.violations());
    }
}
