package io.epona.broker;

import io.epona.client.EponaClient;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

/**
 * What brokers and clients under test report, from any thread: after each test their error handlers were told of
 * nothing but what the test expected, of that at least once, and no data thread had died. A broker that a test leaves
 * running is closed.
 */
final class BrokerReports implements AfterEachCallback
{
    private final List<String> reported = new CopyOnWriteArrayList<>();
    private final List<String> expected = new ArrayList<>();
    private final List<String> tolerated = new ArrayList<>();
    private final List<Broker> brokers = new ArrayList<>();

    /** Whoever has an error handler may hand its errors over. */
    void onError(final Throwable throwable)
    {
        reported.add(throwable.toString());
    }

    /** Launch a broker that reports here. */
    Broker launch(final Broker.Context ctx)
    {
        final Broker broker = Broker.launch(ctx.errorHandler(this::onError));
        brokers.add(broker);
        return broker;
    }

    /** Connect a client that reports here. */
    EponaClient connect(final String uri)
    {
        return EponaClient.connect(new EponaClient.Context().uri(uri).errorHandler(this::onError));
    }

    /** From here on errors that contain the text are part of the test: one has to come. */
    void expect(final String text)
    {
        expected.add(text);
    }

    /** From here on errors that contain the text may come: of a machine that is busy, for instance. */
    void tolerate(final String text)
    {
        tolerated.add(text);
    }

    /** Close a broker; its distinct error log holds nothing that was not expected. */
    void close(final Broker broker)
    {
        // Unmapped with the broker.
        final List<String> errors = broker.errors();
        broker.close();
        assertNull(broker.failure());
        assertEquals(List.of(), errors.stream().filter(this::isUnexpected).toList(), "in the error log");
    }

    /** Take away what is left of a broker that failed, and say why it did. */
    Throwable closeFailed(final Broker broker)
    {
        brokers.remove(broker);
        tolerate("the broker has failed");
        broker.close();
        return broker.failure();
    }

    private boolean isUnexpected(final String error)
    {
        return expected.stream().noneMatch(error::contains) && tolerated.stream().noneMatch(error::contains);
    }

    @Override
    public void afterEach(final ExtensionContext context)
    {
        for (final Broker broker : brokers)
        {
            close(broker);
        }
        assertEquals(List.of(), reported.stream().filter(this::isUnexpected).toList(), "told to an error handler");
        final Predicate<String> wasReported = (text) -> reported.stream().anyMatch((error) -> error.contains(text));
        assertEquals(expected, expected.stream().filter(wasReported).toList(), "of the errors that were expected");
    }
}
