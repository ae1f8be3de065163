package io.epona.client;

import io.epona.codecs.ResultCode;
import io.epona.transport.EmbeddedAeron;
import io.epona.transport.TestPorts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class EponaClientTest
{
    @TempDir
    Path dir;

    private static EponaException failure(final EponaClient.Context ctx)
    {
        return assertThrows(EponaException.class, () -> EponaClient.connect(ctx).close());
    }

    private static List<String> privateDrivers() throws IOException
    {
        final Path parent = Path.of(io.aeron.CommonContext.AERON_DIR_PROP_DEFAULT).toAbsolutePath().getParent();
        final String mine = "-" + ProcessHandle.current().pid() + "-";
        try (Stream<Path> files = Files.list(parent))
        {
            return files.map(file -> file.getFileName().toString())
                .filter(name -> name.startsWith("epona-client-") && name.contains(mine)).toList();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = { true, false })
    void shouldSayThatNoBrokerAnsweredAndLeaveNothingBehind(final boolean isInvoked) throws IOException
    {
        final int port = TestPorts.freeBlock();
        final EponaException ex = failure(new EponaClient.Context()
            .uri("epona:udp?endpoint=127.0.0.1:" + port)
            .invoked(isInvoked)
            .connectTimeoutNs(TimeUnit.MILLISECONDS.toNanos(300)));
        assertEquals(ResultCode.TIMED_OUT, ex.code());
        assertTrue(ex.getMessage().contains(
            "no broker answered at epona:udp?endpoint=127.0.0.1:" + port + " within 300 ms; is it running?"),
            ex.getMessage());
        assertEquals(List.of(), privateDrivers());
    }

    @Test
    void shouldSayThatNoMediaDriverRunsThere()
    {
        final EponaException ex = failure(new EponaClient.Context().uri("epona:ipc?dir=" + dir.resolve("none")));
        assertEquals(ResultCode.NOT_CONNECTED, ex.code());
        assertTrue(ex.getMessage().contains("no media driver runs in " + dir.resolve("none")), ex.getMessage());
    }

    @Test
    void shouldSayThatAMediaDriverIsThereAndNoBroker()
    {
        try (EmbeddedAeron embedded = new EmbeddedAeron(dir))
        {
            embedded.step();
            final EponaException ex = failure(new EponaClient.Context()
                .uri("epona:ipc?dir=" + embedded.directory())
                .invoked(true)
                .mediaDriverInvoker(embedded.driverInvoker())
                .connectTimeoutNs(TimeUnit.MILLISECONDS.toNanos(200)));
            assertEquals(ResultCode.TIMED_OUT, ex.code());
        }
    }

    @Test
    void shouldSayThatNoBrokerOfThatNameRunsInThisJvm()
    {
        final EponaException ex = failure(new EponaClient.Context()
            .uri("epona:inproc?name=nobody").connectTimeoutNs(TimeUnit.MILLISECONDS.toNanos(100)));
        assertTrue(ex.getMessage().contains("no broker named 'nobody' runs in this JVM"), ex.getMessage());
    }

    @Test
    void shouldRefuseWrongSettings()
    {
        assertThrows(IllegalArgumentException.class, () -> EponaClient.connect(new EponaClient.Context()));
        assertThrows(IllegalArgumentException.class, () -> EponaClient.connect("localhost:9092"));
        assertThrows(IllegalArgumentException.class, () -> new EponaClient.Context()
            .uri("epona:inproc?name=n").requestTimeoutNs(1).conclude());
        assertThrows(IllegalArgumentException.class, () -> new EponaClient.Context()
            .uri("epona:inproc?name=n").clientId("x".repeat(201)).conclude());
        assertThrows(IllegalArgumentException.class, () -> new Producer.Context().acks("two"));
        assertThrows(IllegalArgumentException.class, () -> new Producer.Context().acks(2).conclude(1_000_000));
        assertThrows(IllegalArgumentException.class, () -> new Producer.Context().lingerNs(-1).conclude(1_000_000));
        assertThrows(IllegalArgumentException.class, () -> new Producer.Context().batchSize(5).conclude(1_000_000));
        assertThrows(
            IllegalArgumentException.class, () -> new Producer.Context().maxBatchesInFlight(-1).conclude(1_000_000));
        assertEquals(1, new Producer.Context().acks("leader").acks());
        assertEquals(-1, new Producer.Context().acks("all").acks());
    }
}
