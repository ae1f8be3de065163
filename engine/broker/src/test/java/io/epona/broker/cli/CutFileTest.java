package io.epona.broker.cli;

import io.epona.broker.Await;
import io.epona.client.EponaClient;
import io.epona.client.EponaException;
import io.epona.client.Producer;
import io.epona.client.Topic;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Somebody cuts a segment under a running broker. The memory behind the cut is gone, and an access to it ends the
 * process or the thread, whatever the JVM makes of it; nothing is served from it, and the next start says what is lost
 * and goes on once that is accepted. The tools outlive it.
 */
class CutFileTest
{
    private static final int VALUE_LENGTH = 1000;
    private static final int RECORDS = 20;
    private static final long REQUEST_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    @TempDir
    private Path dir;

    private Path data()
    {
        return dir.resolve("data");
    }

    private Path segmentFile() throws IOException
    {
        try (Stream<Path> files = Files.walk(data()))
        {
            final List<Path> found = files.filter((file) -> file.toString().endsWith(".log")).sorted().toList();
            assertEquals(1, found.size(), found::toString);
            return found.get(0);
        }
    }

    private static void send(final EponaClient client, final BrokerChild broker)
    {
        final UnsafeBuffer value = new UnsafeBuffer(new byte[VALUE_LENGTH]);
        try (Producer producer =
            client.newProducer(new Producer.Context().acks("all").requestTimeoutNs(REQUEST_TIMEOUT_NS)))
        {
            final Topic topic = producer.topic("orders");
            final int[] sent = new int[1];
            Await.until(
                "records",
                () ->
                {
                    sent[0] += producer.send(topic, 0, value, 0, VALUE_LENGTH) >= 0 ? 1 : 0;
                    producer.poll();
                },
                () -> sent[0] >= RECORDS || !broker.isAlive());
            producer.awaitAcks(REQUEST_TIMEOUT_NS);
        }
    }

    /** The broker's own threads may have met the end of the file before any record does. */
    private static void sendToItsEnd(final EponaClient client, final BrokerChild broker)
    {
        try
        {
            send(client, broker);
        }
        catch (final EponaException ex)
        {
            Await.until("the end of the broker after: " + ex.getMessage(), Thread::yield, () -> !broker.isAlive());
        }
    }

    @Test
    void endsABrokerWhoseFileIsCutAndSaysSoAfterARestart() throws Exception
    {
        final Cli cli = new Cli(dir);
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            try (EponaClient client = EponaClient.connect(broker.uri()))
            {
                client.admin().createTopic("orders", 1);
                send(client, broker);
                assertEquals(ExitCodes.OK, cli.run(null, "log", "verify", data().toString()).exitCode());
                try (RandomAccessFile file = new RandomAccessFile(segmentFile().toFile(), "rw"))
                {
                    file.setLength(8192);
                }
                // The tool reads with calls that report the end of a file instead of dying of it.
                final Cli.Outcome looked = cli.run(null, "log", "verify", data().toString());
                assertTrue(ExitCodes.OK == looked.exitCode() || ExitCodes.VIOLATION == looked.exitCode());
                sendToItsEnd(client, broker);
            }
            Await.until("the end of the broker", Thread::yield, () -> !broker.isAlive());
            assertNotEquals(ExitCodes.OK, broker.exitCode());
        }

        // Records that were noted to be on disk are missed; of others, nobody knows after the death of the process that
        // they ever were. Which these are depends on how far the broker still came.
        final int verified = cli.run(null, "log", "verify", data().toString()).exitCode();
        final boolean isFenced = ExitCodes.VIOLATION == verified;
        assertTrue(isFenced || ExitCodes.OK == verified, "exit code " + verified);
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            final Cli.Outcome described =
                cli.run(null, "topics", "describe", "orders", "--bootstrap", broker.endpoint());
            assertTrue(Files.readString(described.assertOk().out()).contains("partition  0"));
            final String said = broker.err();
            assertEquals(
                isFenced,
                said.contains("is fenced") && said.contains("Put the file back from a copy and restart"),
                said);
        }

        if (isFenced)
        {
            Files.createFile(segmentFile().resolveSibling("accept-data-loss"));
        }
        try (BrokerChild broker = BrokerChild.start(cli, data()))
        {
            try (EponaClient client = EponaClient.connect(broker.uri()))
            {
                send(client, broker);
            }
            broker.kill();
        }
        assertEquals(ExitCodes.OK, cli.run(null, "log", "verify", data().toString()).exitCode());
    }
}
