package io.epona.broker;

import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Brokers of a cluster that start and stop, and what is in their way. */
class ClusterStartTest
{
    @TempDir
    private Path dir;

    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();

    private static Properties properties(final String... namesAndValues)
    {
        final Properties properties = new Properties();
        for (int i = 0; i < namesAndValues.length; i += 2)
        {
            properties.setProperty(namesAndValues[i], namesAndValues[i + 1]);
        }
        return properties;
    }

    private void assertRefused(final String text, final Broker.Context ctx)
    {
        final BrokerException ex = assertThrows(BrokerException.class, () -> Broker.launch(ctx));
        assertTrue(ex.getMessage().contains(text), ex::getMessage);
    }

    private Broker.Context alone()
    {
        return new Broker.Context()
            .dataDir(dir.resolve("data"))
            .listen("127.0.0.1", 0)
            .ipc(false)
            .errorHandler((error) -> {});
    }

    @Test
    void refusesWhatCannotBeInACluster()
    {
        assertRefused("one shard", alone().shards(2).properties(properties("zookeeper.connect", "127.0.0.1:1")));
        assertRefused("UDP", alone().udp(false).properties(properties("zookeeper.connect", "127.0.0.1:1")));
        assertRefused("invoked", alone().invoked(true).properties(properties("zookeeper.connect", "127.0.0.1:1")));
        assertRefused("zookeeper.connect", alone().properties(properties("zookeeper.connect", "nowhere")));
    }

    @Test
    void saysThatZooKeeperIsNotThere()
    {
        assertRefused(
            "ZooKeeper at 127.0.0.1:1 was not reached",
            alone().properties(
                properties("zookeeper.connect", "127.0.0.1:1", "zookeeper.session.timeout.ms", "1000")));
    }

    @Test
    void refusesTheDirectoryOfABrokerThatWasAlone()
    {
        reports.close(reports.launch(alone().properties(properties("broker.id", "1"))));
        try (TestBrokers brokers = new TestBrokers(dir, reports))
        {
            reports.close(brokers.start());
            assertRefused("cluster", brokers.context(1).dataDir(dir.resolve("data")).errorHandler((error) -> {}));
        }
    }

    @Test
    void runsWithAThreadForEachAgent()
    {
        try (TestBrokers brokers = new TestBrokers(dir, reports))
        {
            brokers.profile(Profile.BALANCED);
            brokers.start();
            brokers.start();
            brokers.createTopic("orders", 1, 2, "2");
            final int leader = brokers.awaitLeader("orders", 0, 2);
            brokers.stop(leader);
            assertEquals(1 - leader, brokers.awaitLeader("orders", 0, 1));
        }
    }

    @Test
    void stopsWithoutZooKeeper()
    {
        reports.expect("no ZooKeeper server");
        final long startNs;
        try (TestBrokers brokers = new TestBrokers(dir, reports))
        {
            brokers.start();
            brokers.start();
            brokers.createTopic("orders", 1, 2, "2");
            brokers.awaitLeader("orders", 0, 2);
            brokers.zooKeeper().close();
            startNs = SystemNanoClock.INSTANCE.nanoTime();
            brokers.stop(0);
        }
        assertTrue(
            SystemNanoClock.INSTANCE.nanoTime() - startNs < TimeUnit.SECONDS.toNanos(25),
            "waited for the others in vain");
    }
}
