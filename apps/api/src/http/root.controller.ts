import { Controller, Get } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';

/** Load balancers probe the root of the On-Premises client and expect a 2xx there. */
@ApiExcludeController()
@Controller()
export class RootController {
  @Get()
  root(): { readonly name: string; readonly docs: string } {
    return { name: 'Relais', docs: '/docs' };
  }
}
