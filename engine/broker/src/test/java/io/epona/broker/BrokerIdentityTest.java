package io.epona.broker;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Brokers that come with an id or with a directory that is not theirs, or not what it was. */
class BrokerIdentityTest extends BrokersFixture
{
    private void assertRefused(final String text, final Broker.Context ctx)
    {
        final BrokerException ex =
            assertThrows(BrokerException.class, () -> Broker.launch(ctx.errorHandler((error) -> {})));
        assertTrue(ex.getMessage().contains(text), ex::getMessage);
    }

    private long write(final long written)
    {
        try (NumberedRecords records = new NumberedRecords(brokers.connectToAll(), TOPIC, 8, written))
        {
            records.send(RECORDS);
            records.settle();
            return records.sent();
        }
    }

    private static void copy(final Path from, final Path to) throws IOException
    {
        try (Stream<Path> paths = Files.walk(from))
        {
            paths.forEach(
                (path) ->
                {
                    try
                    {
                        Files.copy(path, to.resolve(from.relativize(path)));
                    }
                    catch (final IOException ex)
                    {
                        throw new UncheckedIOException(ex);
                    }
                });
        }
    }

    @Test
    void refusesASecondBrokerOfTheSameId()
    {
        brokers.start();
        assertRefused("broker.id 0 is in use", brokers.context(0).dataDir(dir.resolve("other")));

        // The first has not noticed.
        brokers.createTopic(TOPIC, 1, 1, "1");
        assertEquals(0, brokers.awaitLeader(TOPIC, 0, 1));
    }

    @Test
    void refusesTheDirectoryOfAnotherBrokerAndOfAnotherCluster()
    {
        brokers.start();
        brokers.start();
        brokers.stop(1);
        assertRefused("belongs to broker 1", brokers.context(2).dataDir(brokers.dataDir(1)));
        try (TestBrokers others = new TestBrokers(dir.resolve("others"), reports))
        {
            others.start();
            assertRefused("belongs to cluster", others.context(1).dataDir(brokers.dataDir(1)));
        }
    }

    @Test
    void fetchesEverythingWhereTheDiskIsNew() throws IOException
    {
        final int former = brokers.startWithTopic(3, TOPIC);
        long written = write(0);
        brokers.stop(former);
        Files.move(brokers.dataDir(former), dir.resolve("old"));
        brokers.start(former);
        final int leader = brokers.awaitLeader(TOPIC, 0, 3);
        written = write(written);

        brokers.kill(leader);
        assertNotEquals(leader, brokers.awaitLeader(TOPIC, 0, 2));
        write(written);
    }

    @Test
    void doesNotLeadWithACopyThatIsOlderThanWhatItAcknowledged() throws IOException
    {
        final int old = brokers.startWithTopic(3, TOPIC);
        long written = write(0);
        brokers.stop(old);
        copy(brokers.dataDir(old), dir.resolve("copy"));
        brokers.start(old);
        brokers.awaitLeader(TOPIC, 0, 3);
        written = write(written);
        // It stops last: a member of every set of replicas in sync, and the leader of before.
        for (int i = 2; i >= 0; i--)
        {
            if (old != i)
            {
                brokers.stop(i);
            }
        }
        brokers.stop(old);
        Files.move(brokers.dataDir(old), dir.resolve("newer"));
        Files.move(dir.resolve("copy"), brokers.dataDir(old));
        reports.expect("or this is an older copy");

        for (int i = 0; i < 3; i++)
        {
            brokers.start((old + i) % 3);
        }
        brokers.awaitLeader(TOPIC, 0, 3);
        write(written);
    }
}
