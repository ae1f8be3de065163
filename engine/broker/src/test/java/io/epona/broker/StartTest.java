package io.epona.broker;

import io.epona.client.EponaClient;
import io.epona.client.Producer;
import io.epona.client.Topic;
import io.epona.engine.TopicRequest;
import org.agrona.concurrent.YieldingIdleStrategy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Starts that are refused say why and what to do; starts after a bad end go well.
 */
class StartTest
{
    @RegisterExtension
    private final BrokerReports reports = new BrokerReports();
    @TempDir
    private Path dir;

    private Broker.Context context()
    {
        return new Broker.Context()
            .dataDir(dir.resolve("data"))
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .listen("127.0.0.1", 0)
            .invoked(true);
    }

    private static void assertSays(final BrokerException ex, final String... parts)
    {
        for (final String part : parts)
        {
            assertTrue(ex.getMessage().contains(part), () -> part + " is not in: " + ex.getMessage());
        }
    }

    @Test
    void namesATakenPort() throws IOException
    {
        try (DatagramChannel taken = DatagramChannel.open())
        {
            taken.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
            final int port = ((InetSocketAddress)taken.getLocalAddress()).getPort();
            final BrokerException ex = assertThrows(
                BrokerException.class, () -> reports.launch(context().listen("127.0.0.1", port)));
            assertSays(ex, "UDP port " + port, "--set listen");
            assertFalse(ex.isConfiguration());
        }
    }

    @Test
    void refusesASecondBrokerOnADirectoryAndLeavesTheFirstAlone()
    {
        try (Broker first = reports.launch(context()))
        {
            final BrokerException ex = assertThrows(
                BrokerException.class,
                () -> reports.launch(context().aeronDirectoryName(dir.resolve("other").toString())));
            assertSays(ex, dir.resolve("data").toString());
            first.invoke();
            assertTrue(first.isRunning());
            assertTrue(Files.exists(dir.resolve("aeron")));
        }
    }

    @Test
    void refusesAnActiveAeronDirectory()
    {
        try (Broker first = reports.launch(context()))
        {
            final BrokerException ex = assertThrows(
                BrokerException.class, () -> reports.launch(context().dataDir(dir.resolve("data2"))));
            assertSays(ex, "a media driver is active in", "aeron.dir");
            first.invoke();
            assertTrue(first.isRunning());
        }
    }

    @Test
    void refusesAnAeronDirectoryWithOtherFiles() throws IOException
    {
        Files.createDirectory(dir.resolve("aeron"));
        Files.writeString(dir.resolve("aeron").resolve("precious"), "x");
        final BrokerException ex = assertThrows(BrokerException.class, () -> reports.launch(context()));
        assertSays(ex, "holds other files");
        assertTrue(Files.exists(dir.resolve("aeron").resolve("precious")));
    }

    @Test
    void refusesMoreSpinningThreadsThanCores()
    {
        final BrokerException ex = assertThrows(
            BrokerException.class,
            () -> BrokerSettings.conclude(new Broker.Context().profile(Profile.DEDICATED), 2));
        assertSays(ex, "profile=dedicated", "3 threads", "2 cores", "profile=shared");
        assertDoesNotThrow(() -> BrokerSettings.conclude(new Broker.Context().profile(Profile.DEDICATED), 3));
        assertThrows(
            BrokerException.class,
            () -> BrokerSettings.conclude(new Broker.Context().profile(Profile.BALANCED).invoked(true), 8));
    }

    @Test
    void refusesTooLittleSharedMemoryWithTheSizes()
    {
        final long mib = 1024 * 1024;
        final SharedMemory small = new SharedMemory(dir, (path) -> 30 * mib, 3 * mib, 10 * mib, 0);
        final BrokerException ex = assertThrows(BrokerException.class, small::check);
        assertSays(ex, "has 30 MiB free", "needs 33 MiB", "--shm-size", "aeron.dir");
        assertTrue(small.hasRoomForLane());
        assertFalse(new SharedMemory(dir, (path) -> 6 * mib, 3 * mib, 10 * mib, 0).hasRoomForLane());
    }

    @ParameterizedTest
    @CsvSource({
        "listen,nowhere",
        "listen,127.0.0.1:99999",
        "listen,192.0.2.1:0",
        "listen,0.0.0.0:0",
        "profile,fast",
        "shards,0",
        "shards,65",
        "mtu,100",
        "mtu,1401",
        "udp,maybe",
        "max.requests.in.flight,1000",
        "max.message.bytes,64m",
        "broker.name,a b",
        "session.timeout.ms,20",
    })
    void namesAWrongSetting(final String name, final String value)
    {
        final Properties properties = new Properties();
        properties.setProperty(name, value);
        final Broker.Context ctx = new Broker.Context().dataDir(dir.resolve("data")).properties(properties);
        final BrokerException ex = assertThrows(BrokerException.class, () -> reports.launch(ctx));
        assertSays(ex, name.equals("mtu") && value.equals("1401") ? "mtu" : name);
        assertTrue(ex.isConfiguration(), ex::getMessage);
        assertFalse(Files.exists(dir.resolve("data").resolve("clean")));
    }

    @Test
    void namesTheNearestOfAnUnknownSetting()
    {
        final Properties properties = new Properties();
        properties.setProperty("lisen", "127.0.0.1:1");
        final BrokerException ex =
            assertThrows(BrokerException.class, () -> reports.launch(context().properties(properties)));
        assertSays(ex, "lisen", "listen");
        assertTrue(ex.isConfiguration());
    }

    @Test
    void findsItsTopicsAgain()
    {
        final long topicId;
        try (Broker broker = reports.launch(context()))
        {
            final TopicRequest request = broker.engine().createTopicAsync("orders", 3, Map.of());
            Await.until("topic", broker::invoke, request::poll);
            topicId = request.topic().topicId();
        }
        try (Broker broker = reports.launch(context()))
        {
            assertEquals(topicId, broker.engine().topic("orders").topicId());
        }
    }

    @Test
    void runsOnThreadsInEachProfileThatFits()
    {
        for (final Profile profile : new Profile[]{ Profile.SHARED, Profile.BALANCED })
        {
            try (Broker broker = reports.launch(context().invoked(false).profile(profile).shards(2)))
            {
                Await.until("a heartbeat", () -> {}, () -> broker.counters().containsKey("aeron: Bytes sent"));
                assertTrue(broker.isRunning());
                assertEquals(3, broker.uris().size());
            }
            assertFalse(Files.exists(dir.resolve("aeron")));
        }
    }

    @Test
    void runsDedicatedThreadsWhereEachHasACore()
    {
        // Threads that would spin yield instead, so that the machine of the tests need not have the cores.
        final Cores cores = new Cores(3, YieldingIdleStrategy::new);
        final Broker.Context ctx = context().invoked(false).profile(Profile.DEDICATED);
        try (Broker broker = new Broker(BrokerRuntime.start(ctx.errorHandler(reports::onError), cores)))
        {
            try (EponaClient client = reports.connect(broker.ipcUri()))
            {
                client.admin().createTopic("orders", 1);
                try (Producer producer = client.newProducer())
                {
                    final Topic topic = producer.topic("orders");
                    final byte[] value = { 1 };
                    Await.until("send", producer::poll, () -> producer.send(topic, null, value) >= 0);
                    assertTrue(producer.awaitAcks(TimeUnit.SECONDS.toNanos(20)));
                }
                assertEquals(1, client.admin().describeTopic("orders").partitions().get(0).highWatermark());
            }
            assertTrue(broker.isRunning());
        }
        assertFalse(Files.exists(dir.resolve("aeron")));
    }

    @Test
    void needsNoAeronWhereOnlyTheJvmConnects()
    {
        try (Broker broker = reports.launch(context().udp(false).ipc(false)))
        {
            assertEquals(1, broker.uris().size());
            try (TestPeer peer = new TestPeer(broker, broker.inprocUri()))
            {
                peer.connect();
            }
            assertFalse(Files.exists(dir.resolve("aeron")));
        }
    }

    @Test
    void failsVisiblyWhenADataThreadDies()
    {
        final FailureWatch watch = new FailureWatch((throwable) -> {});
        final org.agrona.concurrent.Agent agent = watch.watch(new org.agrona.concurrent.Agent()
        {
            @Override
            public int doWork()
            {
                throw new InternalError("page fault");
            }

            @Override
            public String roleName()
            {
                return "dying";
            }
        });
        assertThrows(org.agrona.concurrent.AgentTerminationException.class, agent::doWork);
        assertEquals("page fault", watch.failure().getMessage());
    }
}
