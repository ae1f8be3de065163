package io.epona.broker;

import io.aeron.exceptions.AeronEvent;
import io.aeron.exceptions.AeronException;
import io.epona.broker.replication.AeronLinks;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

class DriverErrorsTest
{
    private final List<Throwable> told = new ArrayList<>();
    private final DriverErrors errors = new DriverErrors(told::add);

    @Test
    void shouldTellOfRejectionsInOneTextForEachReason()
    {
        for (int i = 0; i < 3; i++)
        {
            errors.onError(new AeronEvent(
                "onPublicationError: registrationId=" + i + ", sessionId=" + 7 * i + ", errorMessage=not you",
                AeronException.Category.WARN));
        }
        assertEquals(
            List.of("WARN - a stream of this broker was rejected: not you"),
            told.stream().map(Throwable::getMessage).distinct().toList());
        assertEquals(3, told.size());
    }

    @Test
    void shouldNotTellThatABrokerBeginsAStreamAnew()
    {
        errors.onError(new AeronEvent("onPublicationError: sessionId=7, errorMessage=" + AeronLinks.JOINED_LATE));
        assertEquals(List.of(), told);
    }

    @Test
    void shouldHandOnEverythingElse()
    {
        final List<Throwable> others = List.of(
            new AeronEvent("exceeded session limit"),
            new AeronEvent("onPublicationError: without a reason"),
            new IllegalStateException("onPublicationError: errorMessage=x"),
            new IllegalStateException());
        others.forEach(errors::onError);
        for (int i = 0; i < others.size(); i++)
        {
            assertSame(others.get(i), told.get(i));
        }
    }
}
