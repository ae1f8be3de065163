package io.epona.loadgen.driver;

import io.aeron.Aeron;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.FragmentHandler;
import io.aeron.logbuffer.Header;
import io.epona.loadgen.load.Idling;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.ScenarioException;
import io.epona.transport.LaneSizes;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.NoOpLock;
import org.agrona.concurrent.SystemNanoClock;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The floor of a transport: the same messages over the same Aeron settings (terms, MTU, windows, threads, idle
 * strategy) as Epona's lanes, but with nothing behind them: an agent sends every message back. The return of a message
 * is its delivery and its acknowledgement.
 */
final class AeronEchoDriver implements LoadDriver
{
    private static final int REQUEST_STREAM = 1200;
    private static final int RESPONSE_STREAM = 1500;
    private static final int HEADER_LENGTH = 8;
    private static final long CONNECT_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    private final Scenario scenario;
    private final boolean udp;
    private final boolean oneThread;
    private final LaneSizes sizes;
    private final DataThreads threads = new DataThreads();
    private final long[] received;
    private final int partitionCount;
    private MediaDriver echoDriver;
    private MediaDriver ownDriver;
    private Aeron echoAeron;
    private Aeron aeron;
    private EchoAgent echo;
    private AgentRunner echoRunner;
    private ExclusivePublication publication;
    private Subscription subscription;
    private volatile Throwable echoFailure;
    private AckSink acks;

    AeronEchoDriver(final DriverContext ctx)
    {
        this.scenario = ctx.scenario();
        this.udp = "udp".equals(scenario.driver().transport());
        this.oneThread = Composition.ONE_THREAD == scenario.engine().composition();
        final int mtu = 0 == scenario.engine().mtu() ? LaneSizes.LOOPBACK_MTU : scenario.engine().mtu();
        this.sizes = udp ?
            LaneSizes.udp(LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH, mtu, LaneSizes.systemSocketBufferLength()) :
            LaneSizes.ipc(LaneSizes.DEFAULT_MAX_MESSAGE_LENGTH);
        this.partitionCount = scenario.topology().totalPartitions();
        this.received = new long[scenario.topology().producers() * partitionCount];
        final int maxLength = sizes.mtu() - 32 - HEADER_LENGTH;
        if (scenario.message().maxLength() > maxLength)
        {
            throw new ScenarioException("message.size: aeron-echo sends a message in one fragment, at most " +
                maxLength + " bytes: " + scenario.message().maxLength());
        }
    }

    @Override
    public String name()
    {
        return "aeron-echo";
    }

    @Override
    public void open()
    {
        echoDriver = launchDriver();
        // As a client of a broker: over UDP it has a driver of its own, unless everything is one thread.
        ownDriver = udp && !oneThread ? launchDriver() : null;
        final String request = channel();
        final String response = channel();

        echoAeron = connect(echoDriver, true);
        final Subscription requests = echoAeron.addSubscription(request, REQUEST_STREAM);
        final ExclusivePublication responses = echoAeron.addExclusivePublication(response, RESPONSE_STREAM);
        echo = new EchoAgent(requests, responses, echoAeron, echoDriver);

        if (oneThread)
        {
            aeron = connect(echoDriver, true);
        }
        else
        {
            echoRunner = new AgentRunner(
                Idling.strategy(scenario.engine().idle()),
                (failure) -> echoFailure = failure,
                null,
                echo);
            AgentRunner.startOnThread(echoRunner, threads);
            aeron = null == ownDriver ? connect(echoDriver, false) : connect(ownDriver, true);
        }
        subscription = aeron.addSubscription(response, RESPONSE_STREAM);
        publication = aeron.addExclusivePublication(request, REQUEST_STREAM);
        awaitConnected(requests, responses);
    }

    private MediaDriver launchDriver()
    {
        return MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(CommonContext.generateRandomDirName())
            .dirDeleteOnStart(true)
            .dirDeleteOnShutdown(true)
            .threadingMode(ThreadingMode.INVOKER)
            .termBufferSparseFile(true)
            .counterFreeToReuseTimeoutNs(0)
            .errorHandler((failure) -> echoFailure = failure));
    }

    private Aeron connect(final MediaDriver driver, final boolean driving)
    {
        final Aeron.Context ctx = new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .clientLock(NoOpLock.INSTANCE)
            .errorHandler((failure) -> echoFailure = failure);
        if (driving)
        {
            ctx.driverAgentInvoker(driver.sharedAgentInvoker());
        }

        return Aeron.connect(ctx);
    }

    private String channel()
    {
        if (!udp)
        {
            return new ChannelUriStringBuilder().media(CommonContext.IPC_MEDIA)
                .termLength(sizes.dataTermLength()).mtu(sizes.mtu()).sparse(true).build();
        }

        return new ChannelUriStringBuilder().media(CommonContext.UDP_MEDIA)
            .endpoint("127.0.0.1:" + freePort())
            .termLength(sizes.dataTermLength())
            .mtu(sizes.mtu())
            .sparse(true)
            .receiverWindowLength(sizes.windowLength())
            .socketRcvbufLength(sizes.socketBufferLength())
            .socketSndbufLength(sizes.socketBufferLength())
            .build();
    }

    private static int freePort()
    {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
        {
            return socket.getLocalPort();
        }
        catch (final IOException ex)
        {
            throw new DriverException("no free UDP port on loopback: " + ex.getMessage(), ex);
        }
    }

    private void awaitConnected(final Subscription requests, final ExclusivePublication responses)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + CONNECT_TIMEOUT_NS;
        while (!publication.isConnected() || !subscription.isConnected() ||
            !requests.isConnected() || !responses.isConnected())
        {
            invoke();
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                throw new DriverException("the echo's streams did not connect within 10 s");
            }
            Thread.yield();
        }
    }

    @Override
    public ProducerPort newProducer(final int producer, final AckSink acks)
    {
        this.acks = acks;
        return new EchoProducer(producer);
    }

    @Override
    public ConsumerPort newConsumer(final int consumer, final int[] partitions, final RecordSink records)
    {
        return new EchoConsumer(consumer, records);
    }

    @Override
    public int invoke()
    {
        if (null != echoFailure)
        {
            throw new DriverException("the echo failed: " + echoFailure, echoFailure);
        }

        int work = aeron.conductorAgentInvoker().invoke();
        if (oneThread)
        {
            work += echo.doWork();
        }
        else if (null != ownDriver)
        {
            work += ownDriver.sharedAgentInvoker().invoke();
        }

        return work;
    }

    @Override
    public boolean acknowledges()
    {
        return false;
    }

    @Override
    public List<Thread> dataThreads()
    {
        return threads.carrying();
    }

    @Override
    public Map<String, String> settings()
    {
        return Map.of(
            "transport", udp ? "udp" : "ipc",
            "composition", scenario.engine().composition().text(),
            "mtu", Integer.toString(sizes.mtu()),
            "term", Integer.toString(sizes.dataTermLength()));
    }

    @Override
    public void close()
    {
        CloseHelper.closeAll(echoRunner, aeron, echoAeron, ownDriver, echoDriver);
        echoRunner = null;
        aeron = null;
        echoAeron = null;
        ownDriver = null;
        echoDriver = null;
    }

    /**
     * Drives the media driver and sends every message back as it is.
     */
    private static final class EchoAgent implements Agent, ControlledFragmentHandler
    {
        private static final int LIMIT = 64;

        private final Subscription requests;
        private final ExclusivePublication responses;
        private final Aeron aeron;
        private final MediaDriver driver;
        private final BufferClaim claim = new BufferClaim();

        private EchoAgent(
            final Subscription requests,
            final ExclusivePublication responses,
            final Aeron aeron,
            final MediaDriver driver)
        {
            this.requests = requests;
            this.responses = responses;
            this.aeron = aeron;
            this.driver = driver;
        }

        @Override
        public int doWork()
        {
            return driver.sharedAgentInvoker().invoke() +
                aeron.conductorAgentInvoker().invoke() +
                requests.controlledPoll(this, LIMIT);
        }

        @Override
        public Action onFragment(
            final DirectBuffer buffer, final int offset, final int length, final Header header)
        {
            if (responses.tryClaim(length, claim) < 0)
            {
                return Action.ABORT;
            }
            claim.buffer().putBytes(claim.offset(), buffer, offset, length);
            claim.commit();

            return Action.CONTINUE;
        }

        @Override
        public String roleName()
        {
            return "echo";
        }
    }

    /**
     * Claims in the term buffer behind the number of producer and partition.
     */
    private final class EchoProducer implements ProducerPort
    {
        private final int producer;
        private final long[] sequences = new long[partitionCount];
        private final BufferClaim claim = new BufferClaim();
        private int claimed;

        private EchoProducer(final int producer)
        {
            this.producer = producer;
        }

        @Override
        public long tryClaim(final int partition, final long key, final int length)
        {
            long result = publication.tryClaim(length + HEADER_LENGTH, claim);
            if (Publication.ADMIN_ACTION == result)
            {
                result = publication.tryClaim(length + HEADER_LENGTH, claim);
            }
            if (result < 0)
            {
                return result;
            }
            claimed = partition;

            return sequences[partition];
        }

        @Override
        public MutableDirectBuffer buffer()
        {
            return claim.buffer();
        }

        @Override
        public int index()
        {
            return claim.offset() + HEADER_LENGTH;
        }

        @Override
        public void commit()
        {
            claim.buffer().putInt(claim.offset(), claimed);
            claim.buffer().putInt(claim.offset() + Integer.BYTES, producer);
            claim.commit();
            sequences[claimed]++;
        }

        @Override
        public int poll()
        {
            return 0;
        }

        @Override
        public int flush()
        {
            return 0;
        }

        @Override
        public void close()
        {
            claimed = -1;
        }
    }

    /**
     * Everything comes back on one stream: the first consumer takes it.
     */
    private final class EchoConsumer implements ConsumerPort, FragmentHandler
    {
        private final int consumer;
        private final RecordSink records;

        private EchoConsumer(final int consumer, final RecordSink records)
        {
            this.consumer = consumer;
            this.records = records;
        }

        @Override
        public int poll(final int limit)
        {
            return 0 == consumer ? subscription.poll(this, limit) : 0;
        }

        @Override
        public void onFragment(final DirectBuffer buffer, final int offset, final int length, final Header header)
        {
            final int partition = buffer.getInt(offset);
            final int producer = buffer.getInt(offset + Integer.BYTES);
            records.onRecord(partition, NO_KEY, buffer, offset + HEADER_LENGTH, length - HEADER_LENGTH);
            acks.onAck(producer, partition, received[producer * partitionCount + partition]++, 1, 0);
        }

        @Override
        public void close()
        {
            subscription.close();
        }
    }
}
