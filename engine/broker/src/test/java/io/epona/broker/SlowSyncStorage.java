package io.epona.broker;

import io.epona.engine.Storage;
import io.epona.engine.log.FileStorage;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The host's files, with syncs of segments that take as long as a test wants, and fail where it wants. */
final class SlowSyncStorage
{
    final Semaphore permits = new Semaphore(0);
    final AtomicInteger waiting = new AtomicInteger();
    volatile boolean isSlow;
    volatile boolean isBroken;

    private final Storage files = new FileStorage();

    Storage storage()
    {
        return proxy(Storage.class, files);
    }

    void recover()
    {
        isSlow = false;
        permits.release(1000);
    }

    private <T> T proxy(final Class<T> port, final T target)
    {
        return port.cast(Proxy.newProxyInstance(
            port.getClassLoader(), new Class<?>[]{port}, (proxy, method, arguments) ->
            {
                if (Storage.Region.class == port && "force".equals(method.getName()))
                {
                    beforeForce();
                }
                final Object result = call(method, target, arguments);
                return result instanceof Storage.Region ?
                    proxy(Storage.Region.class, (Storage.Region)result) : result;
            }));
    }

    private static Object call(final Method method, final Object target, final Object[] arguments) throws Throwable
    {
        try
        {
            return method.invoke(target, arguments);
        }
        catch (final InvocationTargetException ex)
        {
            throw ex.getCause();
        }
    }

    private void beforeForce() throws Exception
    {
        if (isSlow)
        {
            waiting.incrementAndGet();
            final boolean isPermitted = permits.tryAcquire(20, TimeUnit.SECONDS);
            waiting.decrementAndGet();
            if (!isPermitted)
            {
                throw new IOException("no permit");
            }
        }
        if (isBroken)
        {
            throw new IOException("Input/output error");
        }
    }
}
