package io.epona.client;

import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;
import org.junit.jupiter.api.AfterEach;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** A client that the test's thread invokes, also while it waits; after each test it was told of no error. */
abstract class InvokedClientFixture
{
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(20);

    final NanoClock clock = SystemNanoClock.INSTANCE;
    final List<Throwable> errors = new ArrayList<>();

    EponaClient.Context context(final String uri)
    {
        return new EponaClient.Context().uri(uri).errorHandler(errors::add).invoked(true);
    }

    /** One step of the client. */
    abstract void invoke();

    /** What helps to understand why something was waited for in vain. */
    String state()
    {
        return errors.toString();
    }

    void await(final String what, final BooleanSupplier condition)
    {
        final long deadlineNs = clock.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean())
        {
            invoke();
            assertTrue(clock.nanoTime() - deadlineNs < 0, () -> "in vain: " + what + " " + state());
            Thread.onSpinWait();
        }
    }

    @AfterEach
    void assertNoErrors()
    {
        assertEquals(List.of(), errors);
    }
}
