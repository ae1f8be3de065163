package io.epona.transport;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.SystemNanoClock;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.fail;

/** A media driver and an Aeron client, both stepped by the thread of the test. */
public final class EmbeddedAeron implements AutoCloseable
{
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(20);

    private final MediaDriver driver;
    private final Aeron aeron;
    /** Everything that went wrong inside Aeron. */
    final List<Throwable> errors = new ArrayList<>();

    public EmbeddedAeron(final Path dir)
    {
        driver = MediaDriver.launch(new MediaDriver.Context()
            .aeronDirectoryName(dir.resolve("aeron").toString())
            .threadingMode(ThreadingMode.INVOKER)
            .asyncExecutorEnabled(false)
            .dirDeleteOnShutdown(true)
            .timerIntervalNs(TimeUnit.MILLISECONDS.toNanos(20))
            .statusMessageTimeoutNs(TimeUnit.MILLISECONDS.toNanos(20))
            // Whatever a test waits for is to be noticed otherwise.
            .publicationConnectionTimeoutNs(2 * DEADLINE_NS)
            .imageLivenessTimeoutNs(2 * DEADLINE_NS)
            .errorHandler(errors::add));
        aeron = Aeron.connect(new Aeron.Context()
            .aeronDirectoryName(driver.aeronDirectoryName())
            .useConductorAgentInvoker(true)
            .driverAgentInvoker(driver.sharedAgentInvoker())
            .errorHandler(errors::add));
    }

    Aeron aeron()
    {
        return aeron;
    }

    public String directory()
    {
        return driver.aeronDirectoryName();
    }

    public AgentInvoker driverInvoker()
    {
        return driver.sharedAgentInvoker();
    }

    public void step()
    {
        driver.sharedAgentInvoker().invoke();
        aeron.conductorAgentInvoker().invoke();
    }

    public void await(final String what, final BooleanSupplier condition)
    {
        final long deadlineNs = SystemNanoClock.INSTANCE.nanoTime() + DEADLINE_NS;
        while (!condition.getAsBoolean())
        {
            step();
            if (SystemNanoClock.INSTANCE.nanoTime() - deadlineNs > 0)
            {
                fail("not within 20 s: " + what + " " + errors);
            }
            Thread.yield();
        }
    }

    /** The two ends of a lane, set up as client and broker do. */
    final class Lanes implements AutoCloseable
    {
        final Subscription requests;
        final ExclusivePublication prototype;
        final AeronLane client;
        final AeronLane broker;

        Lanes(final LaneChannels channels, final LaneKind kind)
        {
            requests = aeron.addSubscription(channels.requestSubscription(), kind.requestStream(0));
            final String prototypeChannel = channels.responsePrototype(kind);
            prototype = null == prototypeChannel ? null :
                aeron.addExclusivePublication(prototypeChannel, kind.responseStream(0));

            final Subscription responses =
                aeron.addSubscription(channels.responseSubscription(kind), kind.responseStream(0));
            final ExclusivePublication publication = aeron.addExclusivePublication(
                channels.requestPublication(kind, responses.registrationId()), kind.requestStream(0));
            client = new AeronLane(publication, responses, channels.sizes().maxMessageLength());
            await("request image", () -> requests.imageCount() > 0 && client.isRequestConnected());

            final Image image = requests.imageAtIndex(0);
            final ExclusivePublication response = aeron.addExclusivePublication(
                channels.responsePublication(kind, image.correlationId()), kind.responseStream(0));
            broker = new AeronLane(response, image, channels.sizes().maxMessageLength());
            await("lane connected", () -> client.isConnected() && broker.isConnected());
        }

        @Override
        public void close()
        {
            CloseHelper.closeAll(client, broker, prototype, requests);
        }
    }

    @Override
    public void close()
    {
        CloseHelper.closeAll(aeron, driver);
    }
}
