"""A WebSocket server by the package websockets that echoes: its port is printed, or SKIP."""
import sys, asyncio
try:
    from websockets.asyncio.server import serve
except ImportError:
    try:
        from websockets.server import serve
    except ImportError:
        print('SKIP')
        sys.exit()
async def echo(socket):
    async for message in socket:
        await socket.send(message)
async def main():
    async with serve(echo, '127.0.0.1', 0) as server:
        sockets = server.sockets
        print(list(sockets)[0].getsockname()[1], flush=True)
        await asyncio.get_running_loop().create_future()
asyncio.run(main())
